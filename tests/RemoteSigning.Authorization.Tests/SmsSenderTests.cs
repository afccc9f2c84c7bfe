using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class SmsSenderTests
{
    private const string Text = "123456 \"is\" & your=code\nf\u00fcr {secret} \\ {number}";
    private const string Number = "+4915112345678";

    private SmsGateway _gateway = null!; // Set before each test.

    [SetUp]
    public async Task StartAsync() => _gateway = await SmsGateway.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _gateway.DisposeAsync();

    [Test]
    public async Task Send_Json_EscapesForStrings()
    {
        using var sender = new SmsSender(Options("/send?to={number}", """{"key":"{secret}","text":"{text}"}"""));

        await sender.SendAsync(Number, new CodeMessage("", Text), CancellationToken.None);

        SmsGateway.Received request = _gateway.Requests.Single();
        Assert.That((request.Method, request.Path, request.ContentType), Is.EqualTo(("POST", "/send", "application/json")));
        Assert.That(request.Query["to"], Is.EqualTo(Number));
        Assert.That(request.ApiKey, Is.EqualTo("Key " + SmsGateway.Secret));
        using System.Text.Json.JsonDocument body = System.Text.Json.JsonDocument.Parse(request.Body);
        Assert.That(body.RootElement.GetProperty("text").GetString(), Is.EqualTo(Text), "one pass: what is put in is not filled again");
        Assert.That(body.RootElement.GetProperty("key").GetString(), Is.EqualTo(SmsGateway.Secret));
    }

    [Test]
    public async Task Send_Form_EscapesForFields()
    {
        SmsOptions options = Options("/send", "to={number}&text={text}&key={secret}");
        options.ContentType = SmsOptions.Form;
        using var sender = new SmsSender(options);

        await sender.SendAsync(Number, new CodeMessage("", Text), CancellationToken.None);

        Dictionary<string, Microsoft.Extensions.Primitives.StringValues> form =
            Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(_gateway.Requests.Single().Body);
        Assert.That(form.ToDictionary(f => f.Key, f => f.Value.ToString()), Is.EqualTo(
            new Dictionary<string, string> { ["to"] = Number, ["text"] = Text, ["key"] = SmsGateway.Secret }));
    }

    [Test]
    public async Task Send_Get_EscapesForPathAndQuery()
    {
        SmsOptions options = Options("/to/{number}?text={text}&key={secret}", null);
        options.Method = "GET";
        using var sender = new SmsSender(options);

        await sender.SendAsync(Number, new CodeMessage("", Text), CancellationToken.None);

        SmsGateway.Received request = _gateway.Requests.Single();
        Assert.That((request.Method, request.Path), Is.EqualTo(("GET", "/to/" + Number)));
        Assert.That(request.Query, Is.EqualTo(new Dictionary<string, string> { ["text"] = Text, ["key"] = SmsGateway.Secret }));
    }

    [TestCase(200)]
    [TestCase(400)]
    [TestCase(500)]
    public async Task Send_AnyOtherStatus_IsAFailureThatTellsIt(int status)
    {
        _gateway.Status = status;

        Assert.That(await ReasonAsync(Options("/send?to={number}", """{"text":"{text}"}""")), Is.EqualTo($"the SMS gateway answered {status}"));
    }

    [Test]
    public async Task Send_Redirect_IsNotFollowed()
    {
        (_gateway.Status, _gateway.Location) = (307, "/elsewhere");

        Assert.That(await ReasonAsync(Options("/send", """{"to":"{number}","text":"{text}"}""")), Is.EqualTo("the SMS gateway answered 307"));
        Assert.That(_gateway.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Send_GatewayOfAnotherRootOrAway_IsAFailure()
    {
        SmsOptions options = Options("/send?to={number}", """{"text":"{text}"}""");
        options.TrustedRoot = null;
        Assert.That(await ReasonAsync(options), Is.EqualTo("the request to the SMS gateway failed: SecureConnectionError"));

        options.Url = $"https://127.0.0.1:{FreePort.Next()}/?to={{number}}";
        Assert.That(await ReasonAsync(options), Is.EqualTo("the request to the SMS gateway failed: ConnectionError"));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task Send_GatewayThatDoesNotAnswer_IsGivenUp()
    {
        await using var silent = new ScriptedMailServer();
        SmsOptions options = Options("/send", """{"to":"{number}","text":"{text}"}""");
        options.Url = $"http://127.0.0.1:{silent.Port}/";

        Assert.That(await ReasonAsync(options, TimeSpan.FromSeconds(1)), Is.EqualTo("the SMS gateway did not answer in time"));
    }

    [Test]
    public void Sender_SecretThatNoHeaderCanHold_StopsTheStartWithoutShowingIt()
    {
        SmsOptions options = Options("/send", "{}");
        OwnerOnly.Write(options.SecretFile ?? "", "first\nsecond");

        Assert.That(
            () => new SmsSender(options),
            Throws.InvalidOperationException.With.Message.Contains("cannot be an HTTP header").And.Message.Not.Contains("second"));
    }

    [TestCase("https://sms.example.com/send", true)]
    [TestCase("https://sms.example.com/{number}?text={text}", true)]
    [TestCase("http://127.0.0.1:8080/send", true)]
    [TestCase("http://sms.example.com/send", false)]
    [TestCase("https://{text}.example.com/send", false)]
    [TestCase("https://sms.example.com:{number}/send", false)]
    [TestCase("https://sms.example.com{text}", false)]
    [TestCase("https://user:{secret}@sms.example.com/send", false)]
    [TestCase("{text}", false)]
    [TestCase("ftp://sms.example.com/send", false)]
    public void Url_PlaceholderInTheAddress_IsRefused(string url, bool taken) =>
        Assert.That(SmsRequest.IsAddressFixed(url), Is.EqualTo(taken));

    private SmsOptions Options(string path, string? body)
    {
        string secretFile = Path.Combine(TestWorld.Folder, $"gateway-{Guid.NewGuid():N}.secret");
        OwnerOnly.Write(secretFile, SmsGateway.Secret);
        return new SmsOptions
        {
            Url = _gateway.Address.GetLeftPart(UriPartial.Authority) + path,
            Headers = { ["X-Api-Key"] = "Key {secret}" },
            Body = body,
            SuccessStatus = { 202 },
            TrustedRoot = TestWorld.TlsRoot,
            SecretFile = secretFile,
        };
    }

    private static async Task<string> ReasonAsync(SmsOptions options, TimeSpan? patience = null)
    {
        using var sender = new SmsSender(options);
        using var deadline = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(60));
        try
        {
            await sender.SendAsync(Number, new CodeMessage("", Text), deadline.Token);
            return "sent";
        }
        catch (DeliveryException e)
        {
            Assert.That(e.ToString(), Does.Not.Contain("123456").And.Not.Contain(SmsGateway.Secret));
            return e.Message;
        }
    }
}
