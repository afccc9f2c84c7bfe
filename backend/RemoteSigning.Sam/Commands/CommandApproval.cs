using System.Text;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// A second operator's approval of a command on a node's host. What is approved is a statement that names the newest head of the node's
/// administration log, so an approval is good once.
/// </summary>
/// <param name="name">The command without <c>admin</c>.</param>
/// <param name="subject">One line: what exactly is to be done.</param>
/// <param name="type">One of the types of <see cref="Approval"/>.</param>
internal sealed class CommandApproval(SamNode node, SamSeams seams, string name, string subject, string type)
{
    public const string StatementOption = "--statement";

    public const string ApprovalOption = "--approval";

    private Registry Registry => node.Configuration.Current.Registry;

    private byte[] Statement => Encoding.UTF8.GetBytes($"RemoteSigning {name} v1\n{Registry.Node}\n{node.AdministrationHead}\n{subject}\n");

    /// <summary>Writes the statement to the new file that <c>--statement</c> names.</summary>
    /// <returns>False when it is not asked for.</returns>
    public bool TryWriteStatement(Arguments read, TextWriter output)
    {
        if (read.Optional(StatementOption) is not { } file)
        {
            return false;
        }

        NodeFolder.WriteOwnerOnly(file, Statement);
        output.WriteLine($"Wrote {file}. Nothing changes until it is approved.");
        return true;
    }

    /// <summary>The operator whose approval <c>--approval</c> names; null where none is given and none is needed.</summary>
    /// <exception cref="StartException">Dual control needs one.</exception>
    /// <exception cref="Contracts.ProblemException">It is no approval of this.</exception>
    public string? Check(Arguments read) => read.Optional(ApprovalOption) switch
    {
        { } approval => new Approval(Registry, node.Fingerprint, seams.Clock, type).Check(File.ReadAllText(approval).Trim(), Statement, caller: null),
        null when node.Configuration.Current.Static.DualControl => throw new StartException(
            "With dual_control an operator must approve this: make the file to be approved with --statement, then name the approval with --approval."),
        null => null,
    };
}
