using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Diagnosis;

/// <summary>Looks at everything between a program and the server, in the order in which one thing needs the other.</summary>
public static class Doctor
{
    /// <summary>One-time codes and tokens begin to fail when clocks differ by more.</summary>
    private static readonly TimeSpan TolerableSkew = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan HelloDeadline = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Finding> ExamineAsync(
        string configurationFile, ILocalSystem system, TimeProvider clock, [EnumeratorCancellation] CancellationToken cancellation)
    {
        (Finding configuration, AgentOptions? options) = ReadConfiguration(configurationFile);
        yield return configuration;
        if (options is null)
        {
            yield break;
        }

        if (options.SecretsFile is not null)
        {
            yield return Try("secrets file", () =>
            {
                system.CheckOwnerOnly(options.SecretsFile);
                return $"{options.SecretsFile} is open to you only";
            });
        }

        foreach (Finding finding in await ExamineServerAsync(options, clock, cancellation))
        {
            yield return finding;
        }

        foreach (Finding finding in await ExamineAgentAsync(options, system, cancellation))
        {
            yield return finding;
        }
    }

    private static (Finding Finding, AgentOptions? Options) ReadConfiguration(string file)
    {
        try
        {
            AgentOptions options = AgentOptions.Load(file);
            return (new Finding("configuration", true, $"{file}: {options.Email} at {options.Server}, mode {options.CardMode.ToString().ToLowerInvariant()}"), options);
        }
        catch (ProblemException e)
        {
            return (new Finding("configuration", false, e.Message), null);
        }
    }

    private static async Task<IReadOnlyList<Finding>> ExamineServerAsync(AgentOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        try
        {
            using HttpClient http = CscHttp.Create(options);
            (Contracts.Csc.InfoResponse info, DateTimeOffset? time) = await new CscClient(http).GetInfoAsync(cancellation);
            string trust = options.TlsRoot is null ? "the system's roots" : options.TlsRoot;
            return
            [
                new Finding("server", true, $"{DisplayText.Clean(info.Name, 80)} answers, CSC {DisplayText.Clean(info.Specs, 20)}"),
                new Finding("TLS", true, $"its certificate is trusted by {trust}"),
                CompareClocks(time, clock.GetUtcNow()),
            ];
        }
        catch (ProblemException e)
        {
            return [new Finding("server", false, e.Message)];
        }
    }

    private static Finding CompareClocks(DateTimeOffset? server, DateTimeOffset own)
    {
        if (server is null)
        {
            return new Finding("clock", true, "the server does not tell its time");
        }

        // The header has whole seconds.
        double seconds = Math.Round((own - server.Value).TotalSeconds);
        return Math.Abs(seconds) <= TolerableSkew.TotalSeconds
            ? new Finding("clock", true, $"{seconds:+0;-0;0} s from the server's")
            : new Finding("clock", false, $"This computer's clock is {seconds:+0;-0} s from the server's: one-time codes will be refused. Set it by the network.");
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAgentAsync(AgentOptions options, ILocalSystem system, CancellationToken cancellation)
    {
        string socket = options.Socket ?? system.DefaultSocket;
        var findings = new List<Finding>();
        try
        {
            AgentStatus status = await new ControlClient(system, socket).AskAsync(new ControlRequest(ControlCommands.Status), cancellation);
            findings.Add(new Finding("agent", true, $"version {status.Version} runs as process {status.ProcessId}"));
            findings.Add(await GreetAsync(system, socket, cancellation));
            findings.Add(status.SignedIn
                ? new Finding("sign-in", true, $"{status.Email} is signed in")
                : new Finding("sign-in", false, "Nobody is signed in. Sign in with: virtual-card login"));
            if (status.SignedIn)
            {
                int usable = status.Credentials.Count(c => c.Unusable is null);
                findings.Add(usable > 0
                    ? new Finding("credentials", true, $"{status.Credentials.Count} on the card, {usable} of them usable")
                    : new Finding("credentials", false, "The card holds no usable credential. Ask whoever runs the server to enroll you."));
            }
        }
        catch (ProblemException e)
        {
            findings.Add(new Finding("agent", false, e.Message));
        }

        return findings;
    }

    /// <summary>Does what a shim does first: folder, peer, HELLO.</summary>
    private static async Task<Finding> GreetAsync(ILocalSystem system, string socket, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(HelloDeadline);
        try
        {
            await using var frames = new FrameStream(
                await system.ConnectAsync(socket, deadline.Token), CardProtocol.MaximumAnswer, CardProtocol.MaximumRequest);
            var hello = new PayloadWriter();
            new HelloRequest(RandomNumberGenerator.GetBytes(CardProtocol.InstanceLength)).Write(hello);
            await frames.WriteAsync(new CardFrame(CardProtocol.Version, (ushort)CardVerb.Hello, 1, hello.ToArray()), deadline.Token);
            bool greeted = await frames.ReadAsync(deadline.Token) is { } answer
                && AnswerHead.Read(new PayloadReader(answer.Payload)).Problem == Problem.None;
            return greeted
                ? new Finding("card socket", true, $"{socket} is yours alone and answers")
                : new Finding("card socket", false, $"{socket} does not greet as the card protocol wants. Its log says why.");
        }
        catch (Exception e) when (e is ProblemException or IOException or FrameException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return new Finding("card socket", false, e is ProblemException ? e.Message : $"{socket} does not answer: {e.Message}");
        }
    }

    private static Finding Try(string subject, Func<string> look)
    {
        try
        {
            return new Finding(subject, true, look());
        }
        catch (Exception e) when (e is ProblemException or IOException)
        {
            return new Finding(subject, false, e.Message);
        }
    }
}
