// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import TOML
import TOMLKit

/// Why a configuration file was refused.
struct ConfigurationFileError: DiagnosableError {
  var file: String
  var reason: String
  var category: ErrorCategory
  var description: String { "\(file): \(reason)" }
}

/// Reads a TOML file; a key that means nothing is an error that names it.
func readConfiguration<Value: Decodable>(_ type: Value.Type, path: String) throws -> Value {
  func fail(_ reason: String, _ category: ErrorCategory = .configuration) -> ConfigurationFileError {
    ConfigurationFileError(file: path, reason: reason, category: category)
  }
  let maximumBytes = 1 << 20
  guard let handle = FileHandle(forReadingAtPath: path) else {
    throw fail("cannot read the configuration: \(String(cString: strerror(errno)))", .noInput)
  }
  let data: Data
  do {
    // nil is the end of an empty file.
    data = try handle.read(upToCount: maximumBytes + 1) ?? Data()
  } catch {
    throw fail("cannot read the configuration: \(String(cString: strerror(errno)))", .noInput)
  }
  guard data.count <= maximumBytes, let text = String(data: data, encoding: .utf8) else {
    throw fail("expected UTF-8 text of at most \(maximumBytes) bytes")
  }
  func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
  // toml++ inside TOMLKit ends the program at some texts that are no TOML (`[*a]`): it sees only what is.
  do throws(TOMLError) {
    _ = try TOMLParser.parse(text)
  } catch {
    throw fail("line \(error.line): \(error.reason)")
  }
  do {
    return try TOMLDecoder(strictDecoding: true).decode(type, from: text)
  } catch let error as UnexpectedKeysError {
    let names = error.keys.values.map(name).sorted()
    throw fail("unknown key\(names.count > 1 ? "s" : "") \(names.joined(separator: ", "))")
  } catch let error as TOMLParseError {
    throw fail("line \(error.source.begin.line): \(error.description)")
  } catch let error as DecodingError {
    switch error {
    case .keyNotFound(let key, _): throw fail("key \(key.stringValue) is missing")
    case .typeMismatch(_, let c), .valueNotFound(_, let c), .dataCorrupted(let c):
      throw fail("\(name(c.codingPath)): \(c.debugDescription)")
    @unknown default: throw fail("\(error)")
    }
  }
}
