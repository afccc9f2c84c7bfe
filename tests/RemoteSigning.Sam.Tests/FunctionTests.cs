using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using NUnit.Framework;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>No function is without an example, and none without a line in the table of roles.</summary>
public sealed partial class FunctionTests
{
    private const string Base = "/sam/v1/";
    private const string AnythingElse = "{**path}";

    private TestNode _node = null!; // Set before any test runs.
    private WebApplication _web = null!; // As above.

    [OneTimeSetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _web = WebApplication.CreateSlimBuilder().Build();
        _web.MapSam(_node.Node);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _web.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Test]
    public void Examples_OfTheDocumentation_CallEveryFunction()
    {
        string script = DocumentedExamples.Read("sam/api.md").Script;

        IEnumerable<string> called = Call().Matches(script).Select(m => $"{m.Groups["method"].Value} {Base}{m.Groups["path"].Value}");

        Assert.That(Mapped().Except(called), Is.Empty);
    }

    [Test]
    public void TableOfRoles_Functions_AreTheMappedOnes() =>
        Assert.That(RoleTests.Functions.Select(f => $"{f.Method} {f.Path}"), Is.EquivalentTo(Mapped()));

    private string[] Mapped() =>
    [
        .. from source in ((IEndpointRouteBuilder)_web).DataSources
           from endpoint in source.Endpoints.OfType<RouteEndpoint>()
           where endpoint.RoutePattern.RawText != AnythingElse
           from method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
           select $"{method} {endpoint.RoutePattern.RawText}",
    ];

    [GeneratedRegex(@"\b(?:ssa|operator) (?<method>GET|PUT|POST|DELETE) '?(?<path>[a-z_/$]+)")]
    private static partial Regex Call();
}
