using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using RemoteSigning.Agent;
using RemoteSigning.Agent.Commands;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Terminal;
using RemoteSigning.Contracts;

using var stopping = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

try
{
    CommandLine line = CommandLine.Parse(args);
    if (line.Help || line.Command.Length == 0)
    {
        (line.Help ? Console.Out : Console.Error).WriteLine(Help.Of(line.Command));
        return line.Help ? ExitCodes.Done : ExitCodes.Usage;
    }

    return await DispatchAsync(line, stopping.Token);
}
catch (UsageException e)
{
    Console.Error.WriteLine($"virtual-card: {e.Message} Try: virtual-card --help");
    return ExitCodes.Usage;
}
catch (ProblemException e)
{
    Console.Error.WriteLine($"virtual-card: {e.Message}");
    return ExitCodes.Of(e.Problem);
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    return ExitCodes.Failed;
}

static Task<int> DispatchAsync(CommandLine line, CancellationToken cancellation)
{
    var log = new StandardErrorLog(TimeProvider.System);
    ILocalSystem system = SystemOf(log);
    return line.Command switch
    {
        "run" => RunCommand.RunAsync(Load(line), system, log, cancellation),
        "login" => LoginCommand.RunAsync(line, Load(line), system, cancellation),
        "logout" => LogoutCommand.RunAsync(Load(line), system, cancellation),
        "status" => StatusCommand.RunAsync(line, Load(line), system, cancellation),
        "certificates" => CertificatesCommand.RunAsync(line, Load(line), system, cancellation),
        "register" when !OperatingSystem.IsWindows() => Task.FromResult(RegisterCommand.Run(line)),
        "doctor" => DoctorCommand.RunAsync(line, system, cancellation),
        _ => throw new UsageException($"There is no command \"{line.Command}\"."),
    };
}

static AgentOptions Load(CommandLine line)
{
    try
    {
        return AgentOptions.Load(line.ConfigurationFile);
    }
    catch (ProblemException e)
    {
        throw new UsageException(e.Message);
    }
}

static ILocalSystem SystemOf(ILogger log) => OperatingSystem.IsWindows() ? new WindowsSystem(TimeProvider.System, log) : new UnixSystem(log);

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}
