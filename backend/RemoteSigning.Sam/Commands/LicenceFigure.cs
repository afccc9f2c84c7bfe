namespace RemoteSigning.Sam.Commands;

/// <summary>
/// How many licences a product would need that counts them by nodes and cryptographic modules (SAM-38). Reported for
/// comparison; nothing here is licensed by it, and nothing is enforced.
/// </summary>
internal static class LicenceFigure
{
    public static int Of(int nodes, int modules) => Math.Max(nodes, modules);
}
