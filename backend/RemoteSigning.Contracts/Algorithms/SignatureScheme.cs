namespace RemoteSigning.Contracts.Algorithms;

/// <summary>How a digest becomes a signature. The numbers travel on the card protocol.</summary>
public enum SignatureScheme
{
    RsaPkcs1 = 1,
    RsaPss = 2,
    Ecdsa = 3,
}
