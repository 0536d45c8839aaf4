// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Model files. A stored sha256 is put right before the model is built from it, which no mutation could.
func fuzzSafetensors(_ input: UnsafeRawBufferPointer) {
  guard let (file, _) = try? Safetensors.parse(Array(input), file: "input") else { return }
  guard let (again, _) = try? Safetensors.parse(file.encoded(), file: "again") else {
    require(false, "a file that can be read again")
    return
  }
  require(again.tensors.keys == file.tensors.keys && again.metadata == file.metadata, "the same file")
  let bytes = file.encoded(digestKey: Safetensors.digestKey)
  guard let model = try? ModelFile.parse(bytes, file: "model") else { return }
  _ = try? TiltModel(model, file: "model")
}
