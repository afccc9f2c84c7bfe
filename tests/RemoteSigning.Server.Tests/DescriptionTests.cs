using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Description;

namespace RemoteSigning.Server.Tests;

/// <summary>The OpenAPI documents in themselves, and beside the routes (RSE-46, HAR-16); <see cref="DescribedHandler"/> holds traffic against them.</summary>
public sealed class DescriptionTests
{
    private static readonly string[] Tags = ["Administration", "Authentication", "Signing", "Logging"];

    private static World World => AssemblySetup.World;

    private static IEnumerable<TestCaseData> Apis() => DescribedApi.All.Select(a => new TestCaseData(a) { TestName = $"{{m}}({a.Name})" });

    [TestCaseSource(nameof(Apis))]
    public async Task Document_IsServed_AtItsOwnListenerOnly(object described)
    {
        var api = (DescribedApi)described;
        bool isOurs = api.Base != "/enrollment/v1";
        using HttpClient anybody = World.Http(null, World.Public);

        using HttpResponseMessage atPublic = await anybody.GetAsync(api.Name);
        using HttpResponseMessage atAdministration = await World.Operator.GetAsync(api.Name);

        Assert.Multiple(async () =>
        {
            Assert.That((int)atPublic.StatusCode, Is.EqualTo(isOurs ? 200 : 404));
            Assert.That((int)atAdministration.StatusCode, Is.EqualTo(isOurs ? 404 : 200));
            JsonNode document = JsonNode.Parse(await (isOurs ? atPublic : atAdministration).Content.ReadAsStringAsync())!;
            Assert.That((string?)document["servers"]![0]!["url"], Is.EqualTo(new Uri(isOurs ? World.Public : World.Administration, api.Base).ToString().TrimEnd('/')));
            Assert.That(JsonNode.DeepEquals(document["paths"], api.Document["paths"]));
        });
    }

    [Test]
    public void Documents_Together_HaveEachRouteAndNoOther()
    {
        string[] routes =
        [
            .. from endpoint in World.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
               where endpoint.Metadata.GetMetadata<CscMethod>() is not { IsOffered: false }
               let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
               where !path.Contains("{**", StringComparison.Ordinal) && !path.EndsWith(".json", StringComparison.Ordinal) && path != InfoEndpoint.LogoPath
                   && !$"{path}/".StartsWith(ApiPage.Path, StringComparison.Ordinal)
               from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
               select $"{method} {path}",
        ];

        Assert.That(DescribedApi.All.SelectMany(a => a.Operations).Select(o => $"{o.Method} {o.Path}"), Is.EquivalentTo(routes));
    }

    [Test]
    public async Task Documents_OfCsc_HaveTheMethodsOfInfo([Values(0, 1, 2)] int version)
    {
        using var client = new CscClient(World.Http(null, World.Public), "", "nobody@example.com", version);
        JsonArray methods = (await client.PostAsync("info", "{}")).Body["methods"]!.AsArray();

        Assert.That(
            DescribedApi.All[version].Operations.Where(o => o.Method == "POST").Select(o => o.Path),
            Is.EquivalentTo(methods.Select(m => $"/csc/v{version}/{m}").Append($"/csc/v{version}/info")));
    }

    [Test]
    public void Documents_Together_HaveTheFourTags() => Assert.Multiple(() =>
    {
        foreach (DescribedApi api in DescribedApi.All)
        {
            string[] declared = [.. api.Document["tags"]!.AsArray().Select(t => (string)t!["name"]!)];
            Assert.That(declared, Is.SubsetOf(Tags), api.Name);
            Assert.That(api.Operations.Select(o => (string?)o.Operation["tags"]!.AsArray().Single()).Distinct(), Is.EquivalentTo(declared), api.Name);
        }

        Assert.That(DescribedApi.All.SelectMany(a => a.Operations).Select(o => (string?)o.Operation["tags"]![0]).Distinct(), Is.EquivalentTo(Tags));
    });

    [TestCaseSource(nameof(Apis))]
    public void Document_EachOperation_IsWhole(object described)
    {
        var api = (DescribedApi)described;
        Assert.Multiple(() =>
        {
            Assert.That((string?)api.Document["openapi"], Is.EqualTo("3.1.1"));
            Assert.That(api.Operations.Select(o => (string?)o.Operation["operationId"]), Is.Unique.And.All.Not.Empty);
            foreach ((string method, string path, JsonObject operation) in api.Operations)
            {
                Assert.That((string?)operation["summary"], Is.Not.Empty, path);
                Assert.That((string?)operation["description"], Is.Not.Empty, path);
                Assert.That(operation.ContainsKey("requestBody"), Is.EqualTo(method is "POST" or "PUT" && !path.EndsWith("/key", StringComparison.Ordinal)), path);
                Assert.That(operation["responses"]!.AsObject(), Is.Not.Empty, path);
            }

            foreach (JsonObject reference in api.Document.Objects().Where(o => o["$ref"] is JsonValue))
            {
                Assert.That(() => api.Resolve(reference), Is.Not.Null, $"{reference["$ref"]}");
            }

            Assert.That(api.Document.ToJsonString(), Does.Not.Contain("\"x-"), "our own marks are gone");
        });
    }

    [TestCaseSource(nameof(Apis))]
    public void Document_EachBody_HasAnExample(object described)
    {
        var api = (DescribedApi)described;
        string[] bare =
        [
            .. from operation in api.Operations
               from part in operation.Operation["responses"]!.AsObject().Append(new("request", operation.Operation["requestBody"]))
               where part.Value is not null
               from media in api.Resolve(part.Value!)["content"]?.AsObject() ?? []
               where media.Value!["examples"] is not JsonObject { Count: > 0 }
               select $"{operation.Method} {operation.Path} {part.Key} {media.Key}",
        ];

        Assert.That(bare, Is.Empty);
    }

    [TestCaseSource(nameof(Apis))]
    public void Document_EachExample_IsValid(object described)
    {
        var api = (DescribedApi)described;
        using var judge = new SchemaJudge();
        Assert.Multiple(() =>
        {
            foreach (JsonObject media in api.Document.Objects().Where(o => o["schema"] is JsonObject && o["examples"] is JsonObject))
            {
                foreach ((string name, JsonNode? example) in media["examples"]!.AsObject())
                {
                    Assert.That(judge.FindFlaws(api.Name, api.Components, media["schema"]!, example!["value"]), Is.Empty, $"{name}: {example.ToJsonString()}");
                }
            }
        });
    }

    /// <summary>What the traffic tests rest on.</summary>
    [TestCase("/csc/v1/credentials/info", "200", """{"key":{},"cert":{},"authMode":"explicit","multisign":true}""")]
    [TestCase("/csc/v1/credentials/info", "400", """{"error":"invalid_request","error_description":"Another sentence"}""")]
    [TestCase("/csc/v1/credentials/info", "400", """{"error":"invalid_pin","error_description":"Invalid parameter credentialID"}""")]
    [TestCase("/csc/v2/signatures/signHash", "200", """{"signatures":["AAAA"],"responseID":"x"}""")]
    [TestCase("/csc/v1/signatures/signHash", "200", """{"responseID":"x"}""")]
    [TestCase("/csc/v1/signatures/signHash", "400", """{"error":"invalid_request","error_description":"Signing certificate is expired"}""")]
    public void Schema_OfAnotherAnswer_Objects(string path, string status, string answer)
    {
        (DescribedApi api, JsonObject operation) = DescribedApi.Find("POST", path)!.Value;
        using var judge = new SchemaJudge();

        Assert.That(judge.FindFlaws(api.Name, api.Components, operation["responses"]![status]!["content"]!["application/json"]!["schema"]!, JsonNode.Parse(answer)), Is.Not.Empty);
    }
}
