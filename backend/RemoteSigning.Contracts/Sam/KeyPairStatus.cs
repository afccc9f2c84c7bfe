using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>The status to give to a key pair (SAM-24).</summary>
/// <param name="Certified">True with a certificate; once true it stays true.</param>
/// <param name="Enabled">Whether it may sign.</param>
public sealed record KeyPairStatus([property: JsonRequired] bool Certified, [property: JsonRequired] bool Enabled);
