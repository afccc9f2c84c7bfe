using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>What the documentation tells people to type works.</summary>
public sealed class DocumentationTests
{
    [TestCase("csc.md")]
    [TestCase("sam/api.md")]
    [TestCase("authorization.md")]
    [TestCase("pki.md")]
    public void Examples_InTheirOrder_PrintWhatThePageSays(string page) =>
        Assert.That(DocumentedExamples.Read(page).Run(SharedSandbox.Instance.Folder, SharedSandbox.NewFolder()), Is.Empty);

    [TestCase("```sh\necho a\n```\n\n```text\nb\n```\n", "line 1 printed:\na\nwhere the page says:\nb\n")]
    [TestCase("```sh\necho a; echo b\n```\n```text\na\n```\n", "line 1 printed")]
    [TestCase("```sh\necho a\n```\n```text\na\n\n```\n\n```sh\nfalse\n```\n", "line 9 ended with exit code 1")]
    [TestCase("```sh\nfalse | true\n```\n```sh\necho a\n```\n```text\n…\n```\n", "line 1 ended with exit code 1")]
    [TestCase("```sh\nexit 0\n```\n```sh\necho a\n```\n", "line 1 ended with exit code 0")]
    public void Examples_OtherThanThePageSays_AreReported(string page, string expected) => Assert.That(
        DocumentedExamples.Parse("page.md", page).Run(SharedSandbox.Instance.Folder, SharedSandbox.NewFolder()),
        Has.Some.StartsWith($"page.md, {expected}"));

    [Test]
    public void Examples_DotsOfThePage_StandForAnything() => Assert.That(
        DocumentedExamples.Parse("page.md", "```sh\nseq 9; echo 'a.b'\n```\n```text\n1\n…\n9\na…b\n```\n")
            .Run(SharedSandbox.Instance.Folder, SharedSandbox.NewFolder()),
        Is.Empty);

    [Test]
    public void Scripts_OfTheDocumentation_HaveNoFindings()
    {
        string[] scripts = Directory.GetFiles(Path.Combine(Installation.Current.Root, "docs"), "*.sh", SearchOption.AllDirectories);

        CommandResult result = Commands.Try("shellcheck", scripts);

        Assert.That(scripts, Is.Not.Empty);
        Assert.That(result.ExitCode, Is.Zero, result.Output);
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
