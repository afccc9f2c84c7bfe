using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Peers;

/// <summary>Another process of ours behind mutual TLS: sends, and tells the three ways of failing apart.</summary>
internal sealed class Peer(string name, HttpClient http)
{
    private const string ProblemType = "application/problem+json";

    /// <summary>Sends JSON and reads JSON.</summary>
    /// <exception cref="PeerException">It did not succeed.</exception>
    public async Task<TAnswer> SendAsync<TRequest, TAnswer>(
        HttpMethod method,
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TAnswer> answerType,
        Action<HttpRequestHeaders>? addHeaders,
        CancellationToken cancel)
    {
        using HttpRequestMessage message = Json(method, path, request, requestType, addHeaders);
        return Read(await SendAsync(message, cancel), answerType);
    }

    /// <summary>Sends JSON; the answer has no body.</summary>
    /// <exception cref="PeerException">It did not succeed.</exception>
    public async Task SendAsync<TRequest>(
        HttpMethod method,
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        Action<HttpRequestHeaders>? addHeaders,
        CancellationToken cancel)
    {
        using HttpRequestMessage message = Json(method, path, request, requestType, addHeaders);
        await SendAsync(message, cancel);
    }

    /// <summary>Reads JSON.</summary>
    /// <exception cref="PeerException">It did not succeed.</exception>
    public async Task<TAnswer> GetAsync<TAnswer>(
        string path, JsonTypeInfo<TAnswer> answerType, Action<HttpRequestHeaders>? addHeaders, CancellationToken cancel)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        addHeaders?.Invoke(message.Headers);
        return Read(await SendAsync(message, cancel), answerType);
    }

    /// <summary>The body of a successful answer.</summary>
    /// <exception cref="PeerException">It did not succeed.</exception>
    public async Task<byte[]> SendAsync(HttpRequestMessage message, CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(message, cancel);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(cancel);
            return answer.IsSuccessStatusCode ? body : throw Refusal(answer, body);
        }
        catch (HttpRequestException e) when (e.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new PeerException(
                name, PeerOutcome.NotSent, Problem.Unavailable, ProblemCodes.ServiceUnavailable, $"{name} cannot be reached.", cause: e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw Unknown($"{name} gave no answer.", e);
        }
    }

    private static HttpRequestMessage Json<TRequest>(
        HttpMethod method, string path, TRequest request, JsonTypeInfo<TRequest> type, Action<HttpRequestHeaders>? addHeaders)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var message = new HttpRequestMessage(method, path) { Content = content };
        addHeaders?.Invoke(message.Headers);
        return message;
    }

    private TAnswer Read<TAnswer>(byte[] body, JsonTypeInfo<TAnswer> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException e)
        {
            throw Unknown($"{name} gave an answer that cannot be read.", e);
        }
    }

    private PeerException Refusal(HttpResponseMessage answer, byte[] body)
    {
        if (answer.Content.Headers.ContentType?.MediaType == ProblemType)
        {
            try
            {
                if (JsonSerializer.Deserialize(body, EnrollmentJson.Default.ProblemDocument) is { Code: not null } document)
                {
                    return new PeerException(
                        name, PeerOutcome.Refused, (Problem)document.Problem, document.Code, document.Detail, document.Audit)
                    {
                        RetryAfter = answer.Headers.RetryAfter?.Delta,
                    };
                }
            }
            catch (JsonException e)
            {
                return Unknown($"{name} refused without a reason that can be read.", e);
            }
        }

        return Unknown($"{name} answered {(int)answer.StatusCode} without a reason.", null);
    }

    private PeerException Unknown(string text, Exception? cause) =>
        new(name, PeerOutcome.Unknown, Problem.Unavailable, ProblemCodes.OutcomeUnknown, text, cause: cause);
}
