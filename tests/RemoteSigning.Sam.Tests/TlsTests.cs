using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>SAM-41: TLS 1.2 and 1.3 and nothing older, by openssl as a client that really offers TLS 1.1.</summary>
public sealed class TlsTests
{
    /// <summary>At its usual security level OpenSSL itself would not offer TLS 1.1, and the test would show nothing.</summary>
    private static readonly string[] Old = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];

    private TestNode _node = null!; // Set before any test runs.

    [OneTimeSetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [TestCase("-tls1_2", "TLSv1.2")]
    [TestCase("-tls1_3", "TLSv1.3")]
    public void Connect_PresentVersion_Accepted(string option, string version)
    {
        CommandResult result = Connect(_node.Address.Port, option);

        Assert.That((result.ExitCode, result.Error.Contains($"Protocol version: {version}", StringComparison.Ordinal)), Is.EqualTo((0, true)), result.Error);
    }

    [Test]
    public void Connect_Tls11_RefusedByAnAlert()
    {
        CommandResult result = Connect(_node.Address.Port, [.. Old, "-msg"]);

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Output, Does.Contain("TLS 1.1, Handshake").And.Contain("ClientHello"), "it was offered");
        Assert.That(result.Output + result.Error, Does.Contain("alert protocol version").And.Not.Contain("CONNECTION ESTABLISHED"));
    }

    /// <summary>The very same client gets TLS 1.1 where a server has it, so the refusal above is the server's.</summary>
    [Test]
    public void Connect_Tls11AtAServerThatHasIt_Established()
    {
        int port = FreePort.Next();
        using ChildProcess server = ChildProcess.Start(
            "old-server",
            "openssl",
            ["s_server", "-accept", $"127.0.0.1:{port}", "-cert", _node.Server.Certificate, "-key", _node.Server.Key, "-www", .. Old],
            Path.Combine(_node.Folder, "old-server.log"));

        Assert.That(() => Connect(port, Old).Error, Does.Contain("Protocol version: TLSv1.1").After(20_000, 100));
    }

    private CommandResult Connect(int port, params string[] options) => Sandbox.Commands.Try(
        "openssl",
        [
            "s_client", "-connect", $"127.0.0.1:{port}", "-brief", "-cert", _node.Ssa.Certificate, "-key", _node.Ssa.Key, "-CAfile", _node.TlsRoot, .. options,
        ]);
}
