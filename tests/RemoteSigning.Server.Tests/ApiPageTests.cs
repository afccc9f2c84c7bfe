using System.Text.RegularExpressions;
using NUnit.Framework;
using RemoteSigning.Server.Description;

namespace RemoteSigning.Server.Tests;

/// <summary>The page at <c>/docs/</c> as it is served.</summary>
public sealed partial class ApiPageTests
{
    private static World World => AssemblySetup.World;

    [TestCase("", "text/html")]
    [TestCase("page.css", "text/css")]
    [TestCase("page.js", "text/javascript")]
    [TestCase("csc.postman_collection.json", "application/json")]
    [TestCase("csc.postman_environment.json", "application/json")]
    public async Task File_OfThePage_IsForAnybodyAndRunsNothingElse(string name, string type)
    {
        using HttpClient anybody = World.Http(null, World.Public);
        using HttpResponseMessage answer = await anybody.GetAsync(ApiPage.Path + name);

        Assert.Multiple(() =>
        {
            Assert.That((int)answer.StatusCode, Is.EqualTo(200));
            Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo(type));
            Assert.That(answer.Headers.GetValues("Content-Security-Policy"), Is.EqualTo((string[])[ApiPage.ContentPolicy]));
            Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo((string[])["nosniff"]));
        });
    }

    [Test]
    public void Policy_OfThePage_AllowsNothingFromElsewhereAndNothingInline() =>
        Assert.That(ApiPage.ContentPolicy, Does.StartWith("default-src 'none';").And.Not.Contain("unsafe").And.Not.Contain("http").And.Not.Contain("*"));

    [Test]
    public async Task Page_Html_NamesOnlyWhatThisServerServes()
    {
        using HttpClient anybody = World.Http(null, World.Public);
        string html = await anybody.GetStringAsync(ApiPage.Path);
        string[] addresses = [.. Address().Matches(html).Select(m => m.Groups["address"].Value).Where(a => a[0] != '#')];

        Assert.That(addresses, Has.Length.GreaterThan(4));
        Assert.That(html, Does.Not.Contain("style=").And.Not.Contain("onclick"));
        foreach (string address in addresses)
        {
            using HttpResponseMessage answer = await anybody.GetAsync(new Uri(new Uri(World.Public, ApiPage.Path), address));
            Assert.That((int)answer.StatusCode, Is.EqualTo(200), address);
        }
    }

    [Test]
    public async Task Page_AtTheAdministrationListener_IsNotThere()
    {
        using HttpResponseMessage answer = await World.Operator.GetAsync(ApiPage.Path);

        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task Page_SwitchedOff_IsNotThereAndTheDocumentsAre()
    {
        await using World world = await World.StartAsync("without_page");
        await world.StopServerAsync();
        string file = await File.ReadAllTextAsync(world.Configuration);
        await File.WriteAllTextAsync(world.Configuration, file.Replace("\"Server\":{", "\"Server\":{\"ApiPage\":false,", StringComparison.Ordinal));
        await world.StartServerAsync();
        using HttpClient anybody = world.Http(null, world.Public);

        using HttpResponseMessage page = await anybody.GetAsync(ApiPage.Path);
        using HttpResponseMessage document = await anybody.GetAsync("/csc/v2/openapi.json");

        Assert.That(((int)page.StatusCode, (int)document.StatusCode), Is.EqualTo((404, 200)));
    }

    [GeneratedRegex("(?:href|src)=\"(?<address>[^\"]+)\"")]
    private static partial Regex Address();
}
