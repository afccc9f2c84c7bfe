using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Extensions.Logging;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// Windows: named pipes with random names, published in a volatile registry key of the user under the logon session, so that
/// nobody can take a name before the agent does. A "socket" here is the name of the registry value. With its neighbours
/// <c>Windows*.cs</c> the only Windows code of the agent.
/// </summary>
[SupportedOSPlatform("windows")]
public sealed class WindowsSystem(TimeProvider clock, ILogger log) : ILocalSystem
{
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(5);

    public string DefaultSocket => "Pipe";

    /// <summary>Windows sets a process no limit that it could reach here.</summary>
    public ulong DescriptorLimit => ulong.MaxValue;

    public string ControlSocket(string cardSocket) => cardSocket + "Control";

    public ILocalListener Listen(string path) => new WindowsListener(path, clock, log);

    public async Task<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        string name = WindowsPlace.Published(path) ?? throw NotRunning(null);
        var pipe = new NamedPipeClientStream(
            ".", name, PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);
        try
        {
            await pipe.ConnectAsync(ConnectDeadline, cancellation);

            // Nobody else can make a pipe with this user as its owner. Once an agent has died anybody can take its name.
            if (!WindowsPipe.Own().Equals(pipe.GetAccessControl().GetOwner(typeof(SecurityIdentifier))))
            {
                throw Refused("The agent's pipe belongs to another user.");
            }

            return WindowsPipe.IsSandboxed(pipe) ? throw Refused("The agent's pipe was made by a sandboxed program.") : pipe;
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            await pipe.DisposeAsync();
            throw NotRunning(e);
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }

    public void CheckOwnerOnly(string path)
    {
        SecurityIdentifier[] trusted =
        [
            WindowsPipe.Own(),
            new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
            new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null),
        ];
        FileSecurity security = new FileInfo(path).GetAccessControl();
        AuthorizationRuleCollection rules = security.GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier));
        // Its owner may change who has access.
        if (!trusted.Contains(security.GetOwner(typeof(SecurityIdentifier)))
            || rules.Cast<FileSystemAccessRule>().Any(r => r.AccessControlType == AccessControlType.Allow && !trusted.Contains(r.IdentityReference)))
        {
            throw Refused($"The file {path} holds secrets and must be open to nobody but you, the system and administrators.");
        }
    }

    private static ProblemException NotRunning(Exception? cause) => new(
        Problem.AgentUnavailable, ProblemCodes.ServiceUnavailable, "No agent is running in this logon session. Start one with: virtual-card run", cause);

    private static ProblemException Refused(string text) => new(Problem.NotAllowed, ProblemCodes.RoleForbidden, text);
}
