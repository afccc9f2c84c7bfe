using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Api;

/// <summary>A request of a known caller who may use the function.</summary>
/// <param name="Epoch">The epoch in which it came in.</param>
/// <param name="Configuration">The configuration in force when it came in; it is served by no other.</param>
internal sealed record SamRequest(
    HttpContext Http, RegisteredClient Caller, string Epoch, AuditDraft Draft, NodeConfiguration Configuration)
{
    private const int LongestSigner = 128;

    /// <summary>The one value of a header; null when there is none or more than one.</summary>
    public string? Header(string name) => Http.Request.Headers[name] is [{ Length: > 0 } value] ? value : null;

    /// <exception cref="JsonException">The body is not what the function takes.</exception>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type)
    {
        using RequestBody body = await RequestBody.ReadAsync(Http.Request, Http.RequestAborted);
        return JsonSerializer.Deserialize(body.Span, type) ?? throw new JsonException("null");
    }

    /// <summary>The exact bytes of a body that holds no secret.</summary>
    public async Task<byte[]> ReadBytesAsync()
    {
        using RequestBody body = await RequestBody.ReadAsync(Http.Request, Http.RequestAborted);
        return body.Span.ToArray();
    }

    /// <summary>Notes whose and which key the request is about.</summary>
    /// <exception cref="ProblemException">The signer's name is impossible.</exception>
    public void Names(KeyPair pair, Signer? signer)
    {
        Draft.AddKey(pair.KeyId, pair.Version);
        if (signer is not null)
        {
            Draft.AddSigner(signer.Id);
            if (signer.Id.Length is 0 or > LongestSigner)
            {
                throw Refusals.Create(ProblemCodes.Malformed, "a signer's id has 1 to 128 characters");
            }
        }
    }
}
