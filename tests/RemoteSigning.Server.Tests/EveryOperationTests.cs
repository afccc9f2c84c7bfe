using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Applications;

namespace RemoteSigning.Server.Tests;

/// <summary>Each refusal that many operations of the public listener have alike, at each of them that describes it.</summary>
[NonParallelizable]
public sealed class EveryOperationTests
{
    private World _world = null!; // Set before the first test, as are the next two.
    private CscClient _client = null!;
    private CscClient _hurried = null!;
    private readonly Dictionary<string, string> _credentials = [];

    private static IEnumerable<TestCaseData> Cases() =>
        from api in DescribedApi.All
        where api.Base != "/enrollment/v1"
        from operation in api.Operations
        where operation.Path != UsageEndpoint.Path
        from fault in Faults.All
        where operation.Path != $"{api.Base}/info" || fault.Peer is null // It asks nobody.
        where DescribedAnswer.Of(operation.Operation).Any(a => fault.OccursAt(operation.Path, a))
        select new TestCaseData(operation.Method, operation.Path, fault);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _world = await World.StartAsync("every");
        _client = await _world.NewSignerAsync();
        _credentials["$pin"] = (await _world.EnrollAsync(_client, World.P256())).Id;
        _credentials["$mail"] = (await _world.EnrollAsync(_client, World.P256(otp: true, otpChannel: OtpChannels.Email))).Id;
        CredentialCreated disabled = await _world.EnrollAsync(_client, World.P256(otp: true, otpChannel: OtpChannels.Email));
        await _world.SetStatusAsync(_client, disabled, enabled: false);
        _credentials["$disabled"] = disabled.Id;
        ApplicationCreated application = await _world.AddApplicationAsync(new ApplicationLimits(RequestsPerSecond: 1, Burst: 1));
        _hurried = _client.Through(application.ApiKey);
        await _hurried.SignInAsync();
        await _hurried.PostAsync("credentials/list", "{}"); // Nobody moves the clock, so that no other is let through.
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        _hurried.Dispose();
        await _world.DisposeAsync();
    }

    [TestCaseSource(nameof(Cases))]
    public async Task Operation_AtFault_IsRefusedAsDescribed(string method, string path, object occurring)
    {
        var fault = (Fault)occurring;
        using HttpRequestMessage request = Request(method, path, fault);
        _world.Authorization.RefuseNext = fault.Peer is { } peer ? ("", peer.Problem, peer.Code) : null;
        _world.Authorization.CutNext = fault.IsCut;
        _world.Clock.Advance(TimeSpan.FromDays(fault.Days));
        using HttpClient http = _world.Http(null, _world.Public);

        using HttpResponseMessage answer = await http.SendAsync(request);
        _world.Clock.Advance(-TimeSpan.FromDays(fault.Days));

        JsonNode body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.That(((int)answer.StatusCode, (string?)body["error"], (string?)body["error_description"]), Is.EqualTo((fault.Status, fault.Error, fault.Text)));
        Assert.That((_world.Authorization.RefuseNext, _world.Authorization.CutNext), Is.EqualTo((null as (string, Problem, string)?, false)), "it was asked");
    }

    private HttpRequestMessage Request(string method, string path, Fault fault)
    {
        CscClient client = fault.Key == Faults.Hurried ? _hurried : _client;
        string body = fault.Body ?? Body(path, fault).ToJsonString();
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        string authorization = fault.Authorization
            ?? (path.EndsWith("/auth/login", StringComparison.Ordinal) ? CscClient.Basic($"{_client.Email}:{World.Password}") : $"Bearer {client.Token}");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if ((fault.Key == Faults.Hurried ? _hurried.ApiKey : fault.Key) is { } key)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return request;
    }

    /// <summary>The first example of the description, with credentials that are there.</summary>
    private JsonObject Body(string path, Fault fault)
    {
        (DescribedApi api, JsonObject operation) = DescribedApi.Find("POST", path)!.Value; // What can be asked by GET can be by POST.
        JsonNode media = api.Resolve(operation["requestBody"]!)["content"]!["application/json"]!;
        JsonObject body = media["examples"]!.AsObject().First().Value!["value"]!.DeepClone().AsObject();
        if (path.EndsWith("/auth/login", StringComparison.Ordinal))
        {
            body.Clear();
        }

        if (body.ContainsKey("credentialID"))
        {
            body["credentialID"] = path.EndsWith("/sendOTP", StringComparison.Ordinal) || path.EndsWith("/getChallenge", StringComparison.Ordinal) ? "$mail" : "$pin";
        }

        foreach ((string name, JsonNode? value) in fault.Members ?? [])
        {
            body[name] = value?.DeepClone();
        }

        if (fault.Hashes is not null)
        {
            body[path.StartsWith("/csc/v2", StringComparison.Ordinal) ? "hashes" : "hash"] = fault.Hashes.DeepClone();
        }

        if (fault.Without is not null)
        {
            body.Remove(fault.Without);
        }

        if (body["credentialID"] is JsonValue named && named.TryGetValue(out string? credential) && _credentials.TryGetValue(credential, out string? id))
        {
            body["credentialID"] = id;
        }

        return body;
    }
}
