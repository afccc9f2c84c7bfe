using System.Diagnostics;
using System.Runtime.CompilerServices;
using NUnit.Framework;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>The programs of <c>docs/samples</c>, as they stand: what they sign is good, and what is refused is told in the service's words.</summary>
[TestFixture("csc-csharp")]
[TestFixture("csc-curl")]
public sealed class SampleClientTests(string sample)
{
    private static readonly KeyTemplate Rsa2048 = new("RSA", Size: 2048);

    private static SandboxDescription Sandbox => SharedSandbox.Instance.Description;

    private static Dictionary<string, string> Trust => new() { ["SSL_CERT_FILE"] = Sandbox.TlsRoot, ["CURL_CA_BUNDLE"] = Sandbox.TlsRoot };

    private string Service => sample == "csc-csharp" ? Sandbox.Csc.V2! : Sandbox.Csc.V1!;

    [TestCase("RSA-2048")]
    [TestCase("P-256")]
    [TestCase("RSA-2048 SCAL 2")]
    public void Sign_TwoFiles_VerifiesBoth(string label)
    {
        string folder = NewFolder();

        CommandResult result = Sign(SharedSandbox.First, label, folder, Sandbox.Applications[0].ApiKey, SharedSandbox.First.Password, SampleSigner.Pin);

        AssertSigned(result, folder, "CN=Sample Signer");
    }

    [Test]
    public async Task Sign_CodeOfAnApp_IsAskedFor()
    {
        string folder = NewFolder();
        SandboxDescription.Signer signer = await EnrollAsync("app", new SampleCredential("RSA-2048", Rsa2048, Otp: true));

        CommandResult result = Sign(
            signer, "RSA-2048", folder, "", signer.Password, SampleSigner.Pin, Totp.Code(signer.TotpSecret, DateTimeOffset.UtcNow));

        AssertSigned(result, folder, "CN=Sample Client");
    }

    [Test]
    public async Task Sign_CodeByEmail_IsSentAndAskedFor()
    {
        string folder = NewFolder();
        SandboxDescription.Signer signer = await EnrollAsync(
            "email", new SampleCredential("RSA-2048", Rsa2048, Otp: true, OtpChannel: OtpChannels.Email));
        using Process program = Process.Start(Describe(Arguments(signer, "RSA-2048", folder)))!;
        Task<string> output = program.StandardOutput.ReadToEndAsync();
        Task<string> error = program.StandardError.ReadToEndAsync();

        await program.StandardInput.WriteAsync($"\n{signer.Password}\n{SampleSigner.Pin}\n");
        await program.StandardInput.FlushAsync();
        Assert.That(() => SharedSandbox.Instance.Mail.Read(signer.Email), Is.Not.Empty.After(60_000, 100));
        await program.StandardInput.WriteAsync(SharedSandbox.Instance.Mail.ReadCode(signer.Email) + "\n");
        program.StandardInput.Close();
        await program.WaitForExitAsync();

        AssertSigned(new CommandResult(program.ExitCode, await output, await error), folder, "CN=Sample Client");
    }

    [Test]
    public void Sign_WrongPin_IsTheErrorOfTheService()
    {
        string folder = NewFolder();
        SandboxDescription.Signer signer = SharedSandbox.First;

        CommandResult result = Sign(signer, "RSA-2048", folder, "", signer.Password, "00000000");

        string error = sample == "csc-csharp"
            ? "credentials/authorize: 400 invalid_authentication_data: The authentication data is invalid"
            : "credentials/authorize: 400 invalid_pin: The PIN is invalid";
        AssertRefused(result, error);
        Assert.That(Directory.GetFiles(folder, "*.sig"), Is.Empty);
        AssertSigned(Sign(signer, "RSA-2048", folder, "", signer.Password, SampleSigner.Pin), folder, "CN=Sample Signer"); // And resets the counter.
    }

    [Test]
    public void Sign_WrongPassword_IsTheErrorOfTheService() => AssertRefused(
        Sign(SharedSandbox.First, "RSA-2048", NewFolder(), "", "wrong"),
        "auth/login: 400 authentication_error: An error occurred during authentication process");

    [Test]
    public void Sign_WrongApiKey_IsTheErrorOfTheService()
    {
        CommandResult result = Sign(SharedSandbox.First, "RSA-2048", NewFolder(), "wrong", SharedSandbox.First.Password);

        AssertRefused(result, "auth/login: 401 invalid_client: ");
    }

    [Test]
    public void Sign_UnknownCredential_IsTheErrorOfTheService()
    {
        string file = Path.Combine(NewFolder(), "a.txt");
        File.WriteAllText(file, "a");

        CommandResult result = Run([SharedSandbox.First.Email, "nobodys", file], "", SharedSandbox.First.Password);

        AssertRefused(result, "credentials/info: 400 invalid_request: Invalid parameter credentialID");
    }

    [Test]
    public void WithoutCredential_Signer_CredentialsAreListed()
    {
        CommandResult result = Run([SharedSandbox.Second.Email], "", SharedSandbox.Second.Password);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain(SharedSandbox.Second.Credentials[0].Id));
    }

    [Test]
    public void WithoutArguments_Usage_IsShown()
    {
        CommandResult result = Start([]);

        Assert.That((result.ExitCode, result.Output), Is.EqualTo((2, "")));
        Assert.That(result.Error, Does.StartWith("Usage: "));
    }

    private static string NewFolder([CallerMemberName] string test = "") =>
        Directory.CreateDirectory(Path.Combine(SharedSandbox.NewFolder(), test)).FullName;

    private Task<SandboxDescription.Signer> EnrollAsync(string name, SampleCredential credential) => SharedSandbox.Instance.EnrollAsync(
        new SampleSigner($"{sample}.{name}@example.com", "Sample", "Client", [credential]), CancellationToken.None);

    private CommandResult Sign(SandboxDescription.Signer signer, string label, string folder, params string[] secrets) =>
        Start(Arguments(signer, label, folder), secrets);

    private CommandResult Run(string[] arguments, params string[] secrets) => Start([Service, .. arguments], secrets);

    private string[] Arguments(SandboxDescription.Signer signer, string label, string folder)
    {
        string[] files = [Path.Combine(folder, "first file.txt"), Path.Combine(folder, "second file.txt")];
        foreach (string file in files)
        {
            File.WriteAllText(file, Path.GetFileName(file));
        }

        return [Service, signer.Email, signer.Credentials.Single(c => c.Label == label).Id, .. files];
    }

    private CommandResult Start(string[] arguments, params string[] secrets)
    {
        ProcessStartInfo start = Describe(arguments);
        return Commands.Try(start.FileName, start.ArgumentList, Trust, string.Concat(secrets.Select(s => s + "\n")));
    }

    private ProcessStartInfo Describe(string[] arguments)
    {
        ProcessStartInfo start = sample == "csc-csharp"
            ? new("dotnet", [Path.Combine(AppContext.BaseDirectory, "csc-csharp.dll"), .. arguments])
            : new(Path.Combine(Installation.Current.Root, "docs", "samples", sample, "sign.sh"), arguments);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach ((string name, string value) in Trust)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static void AssertSigned(CommandResult result, string folder, string subject)
    {
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines, Is.All.Contains(subject).And.All.Match(@"\.sig: [vV]erified"));
        Assert.That(Directory.GetFiles(folder, "*.sig").Select(f => new FileInfo(f).Length), Has.Exactly(2).Items.And.All.Positive);
    }

    private static void AssertRefused(CommandResult result, string error)
    {
        Assert.That((result.ExitCode, result.Output), Is.EqualTo((1, "")), result.Error);
        Assert.That(result.Error, Does.Contain(error));
    }
}
