using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary><c>POST /sam/v1/key_pairs</c> (SAM-18), answered 201 by a <see cref="KeyPair"/>.</summary>
public sealed record GenerateKeyPairRequest([property: JsonRequired] KeyTemplate KeyTemplate);
