using System.Security.Cryptography;

namespace RemoteSigning.Sam.Commands;

/// <summary>What <c>verify-log</c> was told.</summary>
/// <param name="Logs">The files of one log, in any order.</param>
/// <param name="Kept">Heads that others kept.</param>
internal sealed record VerifyLogArguments(IReadOnlyList<string> Logs, EcdsaVerifier AuditKey, IReadOnlyList<KeptHead> Kept)
{
    /// <exception cref="StartException">They are not understood, or a file is not what it should be.</exception>
    public static VerifyLogArguments Parse(string[] arguments)
    {
        List<string> logs = [];
        List<string> keys = [];
        List<string> heads = [];
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            List<string> values = arguments[i] switch
            {
                "--log" => logs,
                "--audit-key" => keys,
                "--head" => heads,
                _ => throw new StartException($"verify-log does not know {arguments[i]}; see --help."),
            };
            values.Add(arguments[i + 1]);
        }

        return logs.Count > 0 && keys.Count == 1 && arguments.Length % 2 == 0
            ? new VerifyLogArguments(logs, ReadKey(keys[0]), [.. heads.Select(KeptHead.Read).OrderBy(h => h.Head.TreeSize)])
            : throw new StartException("verify-log needs --log FILE, once for each file, and --audit-key PEM; see --help.");
    }

    private static EcdsaVerifier ReadKey(string file)
    {
        try
        {
            return EcdsaVerifier.FromPem(File.ReadAllText(file));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new StartException($"{file} is not a P-256 public key in PEM: {e.Message}", e);
        }
    }
}
