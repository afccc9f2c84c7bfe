using System.Text;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// <c>verify-log</c>: checks a log, all its files together, with nothing but the audit key's public half, and with
/// heads that others kept. A log that was changed and signed anew with the node's own key fits itself: only what
/// somebody kept shows it, and then the first bad record lies behind the last kept head that still fits.
/// </summary>
internal sealed class VerifyLogCommand
{
    public const string Help =
        """
        admin verify-log --log FILE [--log FILE]... --audit-key PEM [--head FILE]...
                         [--counter-signatures FILE --witness NODE=PEM [--witness NODE=PEM]...]

        Checks a log with all its files, or copies of them, offline: every record, every signed head. --head names a file
        with a head, or a proof, that somebody kept; it must be of this log. --counter-signatures names heads that other
        nodes, the witnesses, have counter-signed. The exit code is 1 at the first thing that does not verify.
        """;

    private readonly VerifyLogArguments _arguments;
    private readonly IReadOnlyList<string> _files;
    private readonly string? _name;
    private readonly LogReader _log;

    private VerifyLogCommand(VerifyLogArguments arguments)
    {
        _arguments = arguments;
        _files = LogFiles.Sort(arguments.Logs);
        _name = arguments.Name;
        _log = new LogReader(_name, Path.GetTempPath());
    }

    public static int Run(string[] arguments, TextWriter output)
    {
        try
        {
            output.WriteLine(new VerifyLogCommand(VerifyLogArguments.Parse(arguments)).Verify());
            return 0;
        }
        catch (Exception e) when (e is LogException or InvalidDataException)
        {
            output.WriteLine($"The log does NOT verify. {e.Message}");
            return 1;
        }
    }

    private string Verify()
    {
        foreach (string file in _files)
        {
            using Stream stream = LogFiles.Read(file);
            _log.Read(stream, null, _ => { }, (head, _) => CheckSignature(head));
        }

        CheckEnd();
        long fitting = _log.Tree.First;
        foreach (KeptHead kept in _arguments.Kept)
        {
            CheckKept(kept, fitting);
            fitting = kept.Head.TreeSize;
        }

        string before = _log.Tree.First == 0
            ? ""
            : $", of which {_log.Tree.First} are vouched for by the first line, as their files were not given";
        return $"The {_name ?? "service"} log verifies: {_log.Tree.Size} records{before}, {_files.Count} files, "
            + $"{_log.Heads} signed heads, {_arguments.Kept.Count} kept heads found in it.";
    }

    private void CheckSignature(TreeHead head)
    {
        if (!_arguments.AuditKey.Use(key => head.Verify(key, _name)))
        {
            throw new LogException($"The head of size {head.TreeSize} is not signed by the audit key; it covers {_log.Suspects}.");
        }

        if (_log.Head is { } before && before.Node != head.Node)
        {
            throw new LogException($"The head of size {head.TreeSize} is of another node; it covers {_log.Suspects}.");
        }
    }

    private void CheckEnd()
    {
        if (_log.IsTorn)
        {
            throw new LogException($"The last line is torn: it stands where record {_log.Tree.Size} or a head should.");
        }

        if (_log.Uncovered > 0)
        {
            throw new LogException($"No signed head covers {_log.Suspects}.");
        }
    }

    /// <param name="fitting">How many records are known to be good.</param>
    private void CheckKept(KeptHead kept, long fitting)
    {
        TreeHead head = kept.Head;
        if (!_arguments.AuditKey.Use(key => head.Verify(key, _name)))
        {
            throw new LogException($"The kept head {kept.Source} is not signed by the audit key for this log.");
        }

        if (head.TreeSize < _log.Tree.First)
        {
            throw new LogException($"{kept.Source} covers {head.TreeSize} records, whose files were not given: give them as well.");
        }

        CheckProof(kept);
        if (head.TreeSize > _log.Tree.Size)
        {
            throw new LogException($"The log was cut: {kept.Source} covers {head.TreeSize} records, so record {_log.Tree.Size} is missing.");
        }

        if (!head.RootHash.AsSpan().SequenceEqual(_log.Tree.Root(head.TreeSize)))
        {
            string first = fitting == head.TreeSize - 1 ? $"record {fitting}" : $"one of the records {fitting} to {head.TreeSize - 1}";
            throw new LogException($"The log was rewritten: {kept.Source} covers other records than stand in it. The first bad one is {first}.");
        }
    }

    /// <summary>A proof names one record, so it shows exactly when that one is another.</summary>
    private void CheckProof(KeptHead kept)
    {
        if (kept.Proof is not { } proof)
        {
            return;
        }

        byte[] leaf = MerkleTree.LeafHash(Encoding.UTF8.GetBytes(proof.Record));
        if (!MerkleTree.VerifyInclusion(leaf, proof.Index, proof.Head.TreeSize, proof.Path, proof.Head.RootHash))
        {
            throw new LogException($"The proof {kept.Source} does not verify in itself.");
        }

        if (proof.Index >= _log.Tree.First && proof.Index < _log.Tree.Size && !leaf.AsSpan().SequenceEqual(_log.Tree.Leaf(proof.Index)))
        {
            throw new LogException($"The log was rewritten: record {proof.Index} is not the one that {kept.Source} proves.");
        }
    }
}
