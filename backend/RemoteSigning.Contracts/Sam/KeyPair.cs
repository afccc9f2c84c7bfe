using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// A sealed key object. The SSA stores it and hands it in with each request; the plain members are copies
/// of what is sealed and must equal it. In answers the object carries the proof of the request's record;
/// in requests <paramref name="Audit"/> is ignored.
/// </summary>
/// <param name="Version">Rises by one with each change; the SAM refuses one below its floor list.</param>
/// <param name="KeyId">32 lower-case hex digits.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, PEM.</param>
/// <param name="Sealed">The sealed object; base64 in JSON.</param>
/// <param name="Audit">Proof that the request is in the log.</param>
public sealed record KeyPair(
    [property: JsonRequired] int Version,
    [property: JsonRequired] string KeyId,
    [property: JsonRequired] string PublicKey,
    [property: JsonRequired] byte[] Sealed,
    LogProof? Audit = null);
