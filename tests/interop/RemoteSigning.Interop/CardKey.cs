namespace RemoteSigning.Interop;

/// <summary>A key on the card and where its public parts lie, for other programs to verify with.</summary>
/// <param name="Label">CKA_LABEL.</param>
/// <param name="Algorithm">RSA-2048, P-256 and so on.</param>
/// <param name="Id">CKA_ID in lower-case hex.</param>
/// <param name="Certificate">PEM file.</param>
/// <param name="PublicKey">PEM file.</param>
internal sealed record CardKey(string Label, string Algorithm, string Id, string Certificate, string PublicKey)
{
    public bool IsRsa => Algorithm.StartsWith("RSA", StringComparison.Ordinal);

    /// <summary>CKA_ID as a PKCS#11 URI writes it.</summary>
    public string IdInUri => string.Concat(Id.Chunk(2).Select(pair => $"%{pair[0]}{pair[1]}"));

    /// <summary>PKCS#11 URI (RFC 7512) of the objects of this key.</summary>
    public string Uri => $"pkcs11:token=Remote%20Signing;id={IdInUri}";
}
