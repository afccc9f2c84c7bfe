using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>The configuration file, the command line, and text for screens.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OptionsTests
{
    [Test]
    public void Load_EverythingGiven_IsTaken()
    {
        AgentOptions options = Load(
            """
            {"server":"https://sign.example.com:8443","tlsRoot":null,"email":"signer@example.com","cardMode":"pin","pinPerSignature":true,"allowSha1":true,
             "tokenLabel":"Card","secretsFile":"s.json","socket":"/run/x/card.sock","refreshSeconds":60}
            """);
        Assert.That(options, Is.EqualTo(new AgentOptions
        {
            Server = new Uri("https://sign.example.com:8443"),
            Email = "signer@example.com",
            CardMode = CardMode.Pin,
            PinPerSignature = true,
            AllowSha1 = true,
            TokenLabel = "Card",
            SecretsFile = "s.json",
            Socket = "/run/x/card.sock",
            RefreshSeconds = 60,
        }));
    }

    [Test]
    public void Load_LeastGiven_HasTheDefaults()
    {
        AgentOptions options = Load("""{"server":"https://sign.example.com","email":"signer@example.com"}""");
        Assert.That((options.CardMode, options.AllowSha1, options.TokenLabel, options.RefreshSeconds), Is.EqualTo((CardMode.Protected, false, "Remote Signing", 300)));
    }

    [TestCase("""{"email":"signer@example.com"}""", "server")]
    [TestCase("""{"server":"http://sign.example.com","email":"signer@example.com"}""", "https://host")]
    [TestCase("""{"server":"https://sign.example.com/csc","email":"signer@example.com"}""", "https://host")]
    [TestCase("""{"server":"https://a:b@sign.example.com","email":"signer@example.com"}""", "https://host")]
    [TestCase("""{"server":"sign.example.com","email":"signer@example.com"}""", "https://host")]
    [TestCase("""{"server":"https://sign.example.com","email":""}""", "email")]
    [TestCase("""{"server":"https://sign.example.com","email":"signer@example.com","cardMode":"free"}""", "cardMode")]
    [TestCase("""{"server":"https://sign.example.com","email":"signer@example.com","cardmode":"pin"}""", "cardmode")]
    [TestCase("""{"server":"https://sign.example.com","email":"signer@example.com","tokenLabel":"123456789012345678901234567890123"}""", "tokenLabel")]
    [TestCase("""{"server":"https://sign.example.com","email":"signer@example.com","refreshSeconds":1}""", "refreshSeconds")]
    [TestCase("""{"server":"https://sign.example.com","email":"signer@example.com","tlsRoot":"/nowhere.pem"}""", "tlsRoot")]
    [TestCase("nothing", "invalid")]
    public void Load_Impossible_SaysWhatIsWrong(string json, string words)
    {
        ProblemException? refusal = Assert.Throws<ProblemException>(() => Load(json));
        Assert.That(refusal?.Message, Does.StartWith("The configuration ").And.Contain(words));
    }

    [Test]
    public void Parse_OptionsInAnyOrder_AreTaken() => Assert.That(
        CommandLine.Parse(["--config", "a.json", "login", "--password-stdin"]),
        Is.EqualTo(new CommandLine("login", "a.json", true, false, false)).And.EqualTo(CommandLine.Parse(["login", "--password-stdin", "--config=a.json"])));

    [TestCase("--password=1234")]
    [TestCase("login extra")]
    [TestCase("login --config")]
    public void Parse_Unknown_IsRefused(string arguments) =>
        Assert.That(() => CommandLine.Parse(arguments.Split(' ')), Throws.TypeOf<UsageException>());

    [TestCase("/usr/bin/Ünïcode", "/usr/bin/Ünïcode")]
    [TestCase("a\u001b[31mb\r\nc", "a?[31mb??c")]
    [TestCase("\u202Efdp.exe", "?fdp.exe")]
    [TestCase("12345678901", "123456789…")]
    public void Clean_WhatCouldDeceive_IsReplaced(string text, string clean) => Assert.That(DisplayText.Clean(text, text[0] == '1' ? 10 : 100), Is.EqualTo(clean));

    [Test]
    public void Secret_Disposed_IsZeroed()
    {
        var secret = new Secret("1234");
        Assert.That((secret.ToString(), secret.Reveal()), Is.EqualTo(("***", "1234")));
        secret.Dispose();
        Assert.That(secret.Reveal(), Is.EqualTo("\0\0\0\0"));
    }

    private static AgentOptions Load(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In("agent.json"), json);
        return AgentOptions.Load(folder.In("agent.json"));
    }
}
