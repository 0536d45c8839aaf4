#include "CGlazerKernels.h"
