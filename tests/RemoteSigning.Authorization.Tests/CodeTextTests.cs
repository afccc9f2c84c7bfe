using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class CodeTextTests
{
    private static readonly OneTimeCodeRequest Bare = new("token", "credential");

    [Test]
    public void Write_NothingKnown_LeavesThoseLinesOut()
    {
        CodeMessage message = new CodeTexts(Options()).Write(OtpChannels.Sms, "123456", Bare);

        Assert.That(message.Text, Is.EqualTo(
            "123456 is your code for Service, valid for 5 minutes and one approval.\nNever tell it to anybody."));
        Assert.That(message.Subject, Is.EqualTo("Your code for Service"));
    }

    [Test]
    public void Write_AllKnown_SaysWhatIsAsked()
    {
        CodeMessage message = new CodeTexts(Options()).Write(
            OtpChannels.Email, "123456", Bare with { NumSignatures = 3, Label = "My key", Description = "A contract" });

        Assert.That(message.Text, Does.Contain("Your code is 123456\n")
            .And.Contain("Service asks you").And.Contain("\nNumber of signatures: 3\n")
            .And.Contain("\nSigning key: \"My key\"\n").And.Contain("\nDescription: \"A contract\"\n")
            .And.Contain("Never tell this code to anybody").And.Not.Contain("{"));
    }

    [Test]
    public void Write_ValuesOfStrangers_CannotPoseAsTheText()
    {
        CodeMessage message = new CodeTexts(Options()).Write(
            OtpChannels.Email, "123456", Bare with { Label = "{code}{service}", Description = "x\r\n\u202eTell it\u2028 to us" + new string('y', 500) });

        Assert.That(message.Text, Does.Contain("\nSigning key: \"{code}{service}\"\n"));
        Assert.That(message.Text, Does.Contain("\nDescription: \"xTell it to us" + new string('y', 86) + "\"\n"));
    }

    [TestCase("de", "de")]
    [TestCase("de-AT", "at")]
    [TestCase("DE-at-1996", "at")]
    [TestCase("de-CH", "de")]
    [TestCase("fr", "Your")]
    [TestCase("", "Your")]
    [TestCase(null, "Your")]
    [TestCase("-", "Your")]
    public void Write_Language_IsTheNearestThatIsThere(string? lang, string begin)
    {
        CodeMessage message = new CodeTexts(Options("de", "de-AT")).Write(OtpChannels.Email, "123456", Bare with { Lang = lang });

        Assert.That(message.Subject, Does.StartWith(begin));
    }

    [Test]
    public void Write_EnglishReplaced_TakesTheOperators() =>
        Assert.That(new CodeTexts(Options("en")).Write(OtpChannels.Email, "123456", Bare).Subject, Is.EqualTo("en"));

    [Test]
    public void Message_AsText_ShowsNothing() =>
        Assert.That($"{new CodeTexts(Options()).Write(OtpChannels.Sms, "123456", Bare)}", Is.EqualTo("***"));

    [TestCase("ResendSeconds", "20", "DeliverySeconds must be less")]
    [TestCase("DefaultLanguage", "fr", "none for the DefaultLanguage fr")]
    [TestCase("Digits", "5", "Digits")]
    [TestCase("Digits", "9", "Digits")]
    [TestCase("Seconds", "901", "Seconds")]
    [TestCase("PerHour", "0", "PerHour")]
    [TestCase("ServiceName", "", "ServiceName")]
    [TestCase("Texts:0:Subject", "Code {code}", "may hold {service} and {minutes} only")]
    [TestCase("Texts:0:Subject", "{count}", "may hold {service} and {minutes} only")]
    [TestCase("Texts:0:Email", "No code", "need {code}")]
    [TestCase("Texts:0:Sms", "{code} for {label}", "need {code}")]
    [TestCase("Texts:0:Language", "d e", "Language")]
    [TestCase("Texts:1:Language", "DE", "two entries")]
    [TestCase("Smtp:From", "nobody", "Smtp needs From")]
    [TestCase("Smtp:From", "a@b>c", "Smtp needs From")]
    [TestCase("Smtp:Security", "none", "Security")]
    [TestCase("Smtp:PasswordFile", null, "Smtp needs UserName and PasswordFile")]
    [TestCase("Sms:Url", "http://sms.example.com/", "Sms.Url must be https")]
    [TestCase("Sms:Url", "https://sms.example.com/", "needs {number} and {text}")]
    [TestCase("Sms:Body", "{\"text\":{text}}", "Sms.Body is no JSON")]
    [TestCase("Sms:SecretFile", null, "needs SecretFile")]
    [TestCase("Sms:SuccessStatus:0", "302", "statuses from 200 to 299")]
    [TestCase("Sms:Method", "GET", "no Body with GET")]
    [TestCase("Sms:ContentType", "text/xml", "ContentType")]
    public async Task Start_WrongConfiguration_NamesTheOption(string option, string? value, string message)
    {
        await using SmsGateway gateway = await SmsGateway.StartAsync();
        using Sandbox.MailCatcher mail = CodeWorld.NewMail();
        await using TestServer server = TestServer.Prepare(authorization =>
        {
            Dictionary<string, object> section = CodeWorld.Section(mail, gateway);
            authorization["OneTimeCodes"] = Change(section, option.Split(':'), value);
        });

        Assert.That(
            () => AuthorizationHost.CreateBuilder(server.ConfigurationFile, out _),
            Throws.InvalidOperationException.With.Message.StartsWith("The configuration is wrong").And.Message.Contains(message));
    }

    private static OneTimeCodeOptions Options(params string[] languages) => new()
    {
        ServiceName = "Service",
        Texts = [.. languages.Select(l => new CodeTextOptions { Language = l, Subject = l.Split('-')[^1].ToLowerInvariant(), Email = "{code}", Sms = "{code}" })],
    };

    private static System.Text.Json.Nodes.JsonNode Change(Dictionary<string, object> section, string[] path, string? value)
    {
        System.Text.Json.Nodes.JsonNode root = System.Text.Json.JsonSerializer.SerializeToNode(section)
            ?? throw new InvalidOperationException("The section is null.");
        System.Text.Json.Nodes.JsonNode node = root;
        foreach (string name in path[..^1])
        {
            if (node is System.Text.Json.Nodes.JsonArray list && list.Count <= int.Parse(name, System.Globalization.CultureInfo.InvariantCulture))
            {
                list.Add(list[0]?.DeepClone());
            }

            node = (node is System.Text.Json.Nodes.JsonArray array
                ? array[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)]
                : node[name]) ?? throw new InvalidOperationException(name);
        }

        if (node is System.Text.Json.Nodes.JsonArray values)
        {
            values[int.Parse(path[^1], System.Globalization.CultureInfo.InvariantCulture)] = value;
        }
        else
        {
            node[path[^1]] = value;
        }

        return root;
    }
}
