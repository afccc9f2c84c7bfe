using System.Security.Cryptography;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Commands;

/// <summary>What <c>verify-log</c> was told.</summary>
/// <param name="Logs">The files of one log, in any order.</param>
/// <param name="Name">Which log it is, one of <see cref="Contracts.Audit.AuditLogNames"/>.</param>
/// <param name="Kept">Heads that others kept or counter-signed, smallest first.</param>
internal sealed record VerifyLogArguments(IReadOnlyList<string> Logs, string? Name, EcdsaVerifier AuditKey, IReadOnlyList<KeptHead> Kept)
{
    /// <exception cref="StartException">They are not understood, or a file is not what it should be.</exception>
    public static VerifyLogArguments Parse(string[] arguments)
    {
        List<string> logs = [];
        List<string> keys = [];
        List<string> heads = [];
        List<string> counterSigned = [];
        List<string> witnesses = [];
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            List<string> values = arguments[i] switch
            {
                "--log" => logs,
                "--audit-key" => keys,
                "--head" => heads,
                "--counter-signatures" => counterSigned,
                "--witness" => witnesses,
                _ => throw new StartException($"verify-log does not know {arguments[i]}; see --help."),
            };
            values.Add(arguments[i + 1]);
        }

        if (logs.Count == 0 || keys.Count != 1 || arguments.Length % 2 != 0)
        {
            throw new StartException("verify-log needs --log FILE, once for each file, and --audit-key PEM; see --help.");
        }

        string? name = LogFiles.NameOf(logs);
        Dictionary<string, EcdsaVerifier> known = witnesses.Select(w => w.Split('=', 2)).ToDictionary(
            w => w[0], w => ReadKey(w.Length == 2 ? w[1] : throw new StartException("--witness takes NODE=PEM.")));
        IEnumerable<KeptHead> kept =
            heads.Select(KeptHead.Read).Concat(counterSigned.SelectMany(file => KeptHead.ReadCounterSigned(file, known, name)));
        return new VerifyLogArguments(logs, name, ReadKey(keys[0]), [.. kept.OrderBy(k => k.Head.TreeSize)]);
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
