namespace RemoteSigning.Pki;

/// <summary>Paths below Pki:PublicUrl. They stand in certificates, so they can never change.</summary>
internal static class PublicPaths
{
    public const string Ocsp = "/ocsp";

    public const string Timestamping = "/tsa";

    public static string Certificate(string authority) => $"/ca/{authority}.crt";

    public static string RevocationList(string authority) => $"/crl/{authority}.crl";
}
