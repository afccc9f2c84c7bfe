using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>What the documentation tells people to type works.</summary>
public sealed class DocumentationTests
{
    [Test]
    public void CscExample_WithCurl_SignsAndVerifies()
    {
        string page = File.ReadAllText(Path.Combine(Installation.Current.Root, "docs", "csc.md"));
        string script = page.Split("```sh\n")[1].Split("```")[0].Replace("cd artifacts/sandbox\n", "", StringComparison.Ordinal);
        string folder = SharedSandbox.NewFolder();
        File.Copy(Path.Combine(SharedSandbox.Instance.Folder, "sandbox.json"), Path.Combine(folder, "sandbox.json"));

        CommandResult result = Commands.Try("bash", ["-euo", "pipefail", "-c", $"cd \"$1\"\n{script}", "example", folder]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("Verified OK"));
            Assert.That(result.Output, Does.Contain("\"proof\""));
        });
    }

    [Test]
    public void TerminalAgent_StatusAndDoctor_SayThatAllIsWell()
    {
        CommandResult status = SharedSandbox.Instance.VirtualCard("status");
        CommandResult doctor = SharedSandbox.Instance.VirtualCard("doctor");

        Assert.Multiple(() =>
        {
            Assert.That(status.ExitCode, Is.Zero, status.Error);
            Assert.That(status.Output, Does.Contain("signed in"));
            Assert.That(doctor.ExitCode, Is.Zero, doctor.Output);
            Assert.That(doctor.Output, Does.Contain("Everything is in order."));
        });
    }

    [Test]
    public void TerminalAgent_LogoutAndLogin_TakeTheCardOutAndBringItBack()
    {
        SandboxDescription sandbox = SharedSandbox.Instance.Description;
        CommandResult logout = SharedSandbox.Instance.VirtualCard("logout");
        string without = Commands.Try("pkcs11-tool", ["--module", sandbox.Pkcs11.Module, "-L"], sandbox.Pkcs11.Environment).Output;
        CommandResult login = SharedSandbox.Instance.VirtualCard("login --password-stdin", SharedSandbox.First.Password + "\n");
        string with = Commands.Try("pkcs11-tool", ["--module", sandbox.Pkcs11.Module, "-L"], sandbox.Pkcs11.Environment).Output;

        Assert.Multiple(() =>
        {
            Assert.That(logout.ExitCode, Is.Zero, logout.Error);
            Assert.That(without, Does.Not.Contain("token label"));
            Assert.That(login.ExitCode, Is.Zero, login.Error);
            Assert.That(with, Does.Contain("token label"));
        });
    }
}
