// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CGLAZER_KERNELS_H
#define CGLAZER_KERNELS_H

#endif
