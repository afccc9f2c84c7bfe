using System.Text.Json;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>verify-log</c>: checks a log with nothing but the audit key's public half, and with heads that others kept.</summary>
internal static class VerifyLogCommand
{
    public static int Run(string[] arguments, TextWriter output)
    {
        (string logFile, string keyFile, List<string> headFiles) = Parse(arguments);
        EcdsaVerifier key = ReadKey(keyFile);
        List<(string File, TreeHead Head)> kept = [.. headFiles.Select(f => (f, ReadKeptHead(f)))];
        var log = new LogReader();
        try
        {
            using FileStream stream = new(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            log.Read(stream, null, _ => { }, (head, reader) => CheckSignature(head, reader, key));
            CheckEnd(log);
            kept.ForEach(k => CheckKept(k.File, k.Head, log, key));
        }
        catch (LogException e)
        {
            output.WriteLine($"The log does NOT verify. {e.Message}");
            return 1;
        }

        output.WriteLine(
            $"The log verifies: {log.Tree.Size} records, {log.Heads} signed heads, {kept.Count} kept heads found in it.");
        return 0;
    }

    private static void CheckSignature(TreeHead head, LogReader log, EcdsaVerifier key)
    {
        if (!key.Use(head.Verify))
        {
            throw new LogException($"The head of size {head.TreeSize} is not signed by the audit key; it covers {log.Suspects}.");
        }

        if (log.Head is { } before && before.Node != head.Node)
        {
            throw new LogException($"The head of size {head.TreeSize} is of another node; it covers {log.Suspects}.");
        }
    }

    private static void CheckEnd(LogReader log)
    {
        if (log.TornLength > 0)
        {
            throw new LogException($"The last line is torn: it stands where record {log.Tree.Size} or a head should.");
        }

        if (log.Uncovered > 0)
        {
            throw new LogException($"No signed head covers {log.Suspects}.");
        }
    }

    private static void CheckKept(string file, TreeHead head, LogReader log, EcdsaVerifier key)
    {
        if (!key.Use(head.Verify))
        {
            throw new LogException($"The kept head {file} is not signed by the audit key.");
        }

        if (head.TreeSize > log.Tree.Size)
        {
            throw new LogException($"The log was cut: {file} covers {head.TreeSize} records, so record {log.Tree.Size} is missing.");
        }

        if (!head.RootHash.AsSpan().SequenceEqual(log.Tree.Root(head.TreeSize)))
        {
            throw new LogException($"The log was rewritten: {file} covers other records 0 to {head.TreeSize - 1} than stand in it.");
        }
    }

    private static (string Log, string Key, List<string> Heads) Parse(string[] arguments)
    {
        string? log = null;
        string? key = null;
        List<string> heads = [];
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            switch (arguments[i])
            {
                case "--log":
                    log = arguments[i + 1];
                    break;
                case "--audit-key":
                    key = arguments[i + 1];
                    break;
                case "--head":
                    heads.Add(arguments[i + 1]);
                    break;
                default:
                    throw new StartException($"verify-log does not know {arguments[i]}; see --help.");
            }
        }

        return log is not null && key is not null && arguments.Length % 2 == 0
            ? (log, key, heads)
            : throw new StartException("verify-log needs --log FILE and --audit-key PEM; see --help.");
    }

    private static EcdsaVerifier ReadKey(string file)
    {
        try
        {
            return EcdsaVerifier.FromPem(File.ReadAllText(file));
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or FormatException)
        {
            throw new StartException($"{file} is not a P-256 public key in PEM: {e.Message}", e);
        }
    }

    /// <summary>A head by itself, or the head in a proof.</summary>
    private static TreeHead ReadKeptHead(string file)
    {
        try
        {
            byte[] json = File.ReadAllBytes(file);
            using JsonDocument document = JsonDocument.Parse(json);
            TreeHead? head = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("head", out JsonElement inner)
                ? inner.Deserialize(AuditJson.Default.TreeHead)
                : JsonSerializer.Deserialize(json, AuditJson.Default.TreeHead);
            return head is { Node: not null, RootHash: not null, Signature: not null } ? head : throw new JsonException("no head");
        }
        catch (JsonException e)
        {
            throw new StartException($"{file} holds neither a head nor a proof: {e.Message}", e);
        }
    }
}
