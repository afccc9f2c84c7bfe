using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>One sandbox for all tests that break nothing; those that kill processes start their own.</summary>
[SetUpFixture]
public sealed class SharedSandbox
{
    public static RunningSandbox Instance { get; private set; } = null!; // Set before the first test.

    /// <summary>Where the processes of the sandbox send their spans.</summary>
    public static TraceReceiver Traces { get; private set; } = null!; // As above.

    public static SandboxDescription.Signer First => Instance.Description.Signers[0];

    public static SandboxDescription.Signer Second => Instance.Description.Signers[1];

    public static SandboxDescription.Credential Credential(string label) => First.Credentials.Single(c => c.Label == label);

    /// <summary>A new folder for what one test writes; it stays until the next run, for looking at failures.</summary>
    public static string NewFolder() => Directory.CreateDirectory(
        Path.Combine(Instance.Folder, "tests", TestContext.CurrentContext.Test.MethodName + "-" + TestContext.CurrentContext.Test.ID)).FullName;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Traces = new TraceReceiver();
        Instance = await RunningSandbox.StartAsync(
            new SandboxOptions(Path.Combine(Installation.Current.Artifacts, "end-to-end", "shared"), "pin", SampleSigner.All, Traces: Traces.Endpoint),
            new Steps(TestContext.Progress),
            CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await (Instance?.DisposeAsync() ?? ValueTask.CompletedTask);
        Traces.Dispose();
    }
}
