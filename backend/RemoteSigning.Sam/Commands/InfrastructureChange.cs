using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// A command that changes <c>sam_infrastructure.json</c> of a node that does not run. The new file is made durable beside the old one, its
/// record in both logs makes it valid, then it takes the place. A crash leaves the old file or the new one; where the record
/// stands and the old file too, a start refuses, and the command is repeated.
/// </summary>
internal sealed class InfrastructureChange : IDisposable
{
    private readonly SamOptions _options;
    private readonly StagedFile _file;

    private InfrastructureChange(SamOptions options, SamNode node, Hsm token)
    {
        _options = options;
        Token = token;
        _file = new StagedFile(options.InfrastructureFile, isOwnerOnly: true);
        Node = node;
        Before = node.Infrastructure.File
            ?? throw new StartException("The node is of version 1, from before there were generations of the key-encryption key.");
    }

    /// <summary>The node, opened and verified as a start would do it.</summary>
    public SamNode Node { get; }

    /// <summary>The node's token, for making keys in it.</summary>
    public Hsm Token { get; }

    /// <summary>The node's file.</summary>
    public InfrastructureFile Before { get; }

    /// <summary>The successor that an interrupted command left beside the file; null when there is none of use.</summary>
    public InfrastructureFile? Interrupted
    {
        get
        {
            try
            {
                return _file.Staged is { } staged ? ReadSuccessor(staged, _options.InfrastructureFile + ".next") : null;
            }
            catch (StartException)
            {
                return null; // It was torn, or is of a change that came to nothing.
            }
        }
    }

    /// <exception cref="StartException">The node runs, is locked, or does not verify.</exception>
    public static InfrastructureChange Open(SamOptions options, SamSeams seams)
    {
        SamNode node = SamNode.OpenToChange(options, seams, NullLoggerFactory.Instance);
        Hsm? token = null;
        try
        {
            token = TokenKeys.OpenToken(options.Hsm);
            return new InfrastructureChange(options, node, token);
        }
        catch
        {
            token?.Dispose();
            node.Dispose();
            throw;
        }
    }

    /// <summary>A file that may follow the node's.</summary>
    /// <param name="path">For messages.</param>
    /// <exception cref="StartException">It is not genuine, or may not follow.</exception>
    public InfrastructureFile ReadSuccessor(byte[] bytes, string path)
    {
        InfrastructureFile file = InfrastructureFile.Parse(bytes, path);
        if (!file.IsAuthentic(text => Token.Hmac(Before.FloorKey, text)))
        {
            throw new StartException($"{path} is not authenticated by the module's floor key: it is of another module, or was changed.");
        }

        Succession.Check(Before, file);
        return file;
    }

    /// <summary>Makes a file durable beside the node's, so that an interrupted command can go on with it.</summary>
    /// <exception cref="StartException">Another change was interrupted and has to be ended first.</exception>
    public void Stage(InfrastructureFile after)
    {
        if (Node.RecordedInfrastructure is { } recorded && recorded != Node.Fingerprint && recorded != Digest(after))
        {
            throw new StartException(
                $"The administration log names a file with the fingerprint {InfrastructureFile.Group(recorded)}, which is not in place: "
                + "repeat the command that was interrupted, or bring that file by admin adopt.");
        }

        _file.Stage(after.ToBytes());
    }

    /// <summary>Stages the file, records it and puts it in place.</summary>
    /// <param name="approver">A second operator, where one was asked.</param>
    /// <exception cref="Contracts.ProblemException">It cannot be recorded; the old file is in place.</exception>
    public async Task CommitAsync(InfrastructureFile after, string @event, string reason, string? approver, TextWriter output)
    {
        Stage(after);
        await Node.RecordInfrastructureAsync(@event, reason, Digest(after), approver);
        _file.Commit();
        await output.WriteLineAsync(
            $"Wrote {_options.InfrastructureFile}. Fingerprint: {InfrastructureFile.Fingerprint(after.ToBytes())}. Start the node.");
    }

    public void Dispose()
    {
        Token.Dispose();
        Node.Dispose();
    }

    private static string Digest(InfrastructureFile file) => InfrastructureFile.Digest(file.ToBytes());
}
