using Microsoft.Extensions.Logging;
using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Terminal;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Commands;

/// <summary><c>virtual-card run</c>: serves the card in the foreground. With a secrets file the host signs in before it serves; else this asks while it does.</summary>
internal static class RunCommand
{
    private const int PasswordTries = 3;

    public static async Task<int> RunAsync(AgentOptions options, ILocalSystem system, ILogger log, CancellationToken cancellation)
    {
        using var host = new AgentHost(options, ChooseUi(options, system), system, TimeProvider.System, log);
        Task serving = host.RunAsync(cancellation);
        try
        {
            if (options.SecretsFile is null && TerminalInput.IsPresent && !serving.IsCompleted)
            {
                await SignInAsync(host, options, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C at the prompt is an ordinary end.
        }

        await serving;
        return ExitCodes.Done;
    }

    private static IAgentUi ChooseUi(AgentOptions options, ILocalSystem system) =>
        options.SecretsFile is not null ? new SecretsFileUi(options.SecretsFile, system, TimeProvider.System)
        : TerminalInput.IsPresent ? new TerminalUi()
        : new NobodyUi();

    private static async Task SignInAsync(AgentHost host, AgentOptions options, CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < PasswordTries; attempt++)
        {
            using Secret? password = await TerminalInput.Own.ReadHiddenAsync($"Password of {options.Email} (Escape: later): ", cancellation);
            if (password is null)
            {
                break;
            }

            try
            {
                await host.SignInAsync(password, cancellation);
                return;
            }
            catch (ProblemException e)
            {
                Console.Error.WriteLine(e.Message);
                if (e.Problem != Problem.NotSignedIn)
                {
                    break;
                }
            }
        }

        Console.Error.WriteLine("The card is empty until you sign in with: virtual-card login");
    }
}
