using System.Text.Json;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// The JSON body of a CSC request, read member by member so that each refusal has exactly the text that CSC
/// prints for it. Unknown members are ignored, doubled ones refused.
/// </summary>
internal sealed class CscRequest
{
    /// <summary>Longest description that is shown to a person (CSC 1.0.4.0, 11.6).</summary>
    public const int MaximumDescription = 500;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonElement _body;

    private CscRequest(JsonElement body, CscFace face)
    {
        _body = body;
        Face = face;
    }

    /// <summary>In whose words it was sent.</summary>
    public CscFace Face { get; }

    /// <summary>Reads the body; an absent one is an empty object.</summary>
    public static async Task<CscRequest> ReadAsync(HttpContext context, CancellationToken cancel)
    {
        ReadOnlyMemory<byte> bytes = await RequestBody.ReadAsync(context, cancel);
        CscFace face = CscFace.Of(context);
        if (bytes.Length == 0)
        {
            return new CscRequest(JsonElement.Parse("{}"), face);
        }

        if (!context.Request.HasJsonContentType())
        {
            throw CscException.Invalid(CscErrors.MalformedText);
        }

        try
        {
            JsonElement body = JsonElement.Parse(bytes.Span, Strict);
            return body.ValueKind == JsonValueKind.Object
                ? new CscRequest(body, face)
                : throw CscException.Invalid(CscErrors.MalformedText);
        }
        catch (JsonException)
        {
            throw CscException.Invalid(CscErrors.MalformedText);
        }
    }

    public string RequiredString(string name) =>
        Find(name) is { ValueKind: JsonValueKind.String } value ? Text(value) : throw CscException.Missing("string", name);

    /// <summary>Null when absent; a value of another type is "Invalid parameter …", or what <paramref name="refusal"/> makes.</summary>
    public string? OptionalString(string name, Func<CscException>? refusal = null) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => Text(value),
        _ => throw refusal?.Invoke() ?? CscException.InvalidParameter(name),
    };

    public bool OptionalBoolean(string name, bool absent) => Find(name) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw CscException.InvalidParameter(name),
    };

    /// <summary>An integer of any size; what does not fit is answered as the nearest that does.</summary>
    public int RequiredInteger(string name) =>
        Find(name) is { } value ? Integer(value) ?? throw CscException.Missing("integer", name) : throw CscException.Missing("integer", name);

    /// <summary>Null when absent; an integer of any size as above.</summary>
    public int? OptionalInteger(string name) =>
        Find(name) is { } value ? Integer(value) ?? throw CscException.InvalidParameter(name) : null;

    /// <summary>Null when it is absent or no integer.</summary>
    public int? TolerantInteger(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : null;

    /// <summary>Digests; null when absent. Each element must be a base64 string. The texts call the member <c>hash</c> in all versions.</summary>
    public IReadOnlyList<byte[]>? OptionalHashes()
    {
        if (Find(Face.Hashes) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw CscException.Missing("array", "hash");
        }

        var hashes = new List<byte[]>(value.GetArrayLength());
        foreach (JsonElement element in value.EnumerateArray())
        {
            hashes.Add(element.ValueKind == JsonValueKind.String && Base64Text.TryDecode(Text(element), out byte[]? hash) && hash.Length > 0
                ? hash
                : throw CscException.Invalid("Invalid Base64 hash string parameter"));
        }

        return hashes;
    }

    /// <summary>At most so many objects, each to be read like a body; none when absent.</summary>
    public IReadOnlyList<CscRequest> OptionalObjects(string name, int most) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } value
            when value.GetArrayLength() <= most && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Object) =>
            [.. value.EnumerateArray().Select(e => new CscRequest(e, Face))],
        _ => throw CscException.InvalidParameter(name),
    };

    /// <summary>An object to be read like a body; null when absent.</summary>
    public CscRequest? OptionalObject(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new CscRequest(value, Face),
        _ => throw CscException.Missing("object", name),
    };

    /// <summary>Base64 or base64url of 1 to so many bytes; else "Invalid parameter …" of the member it stands in.</summary>
    public byte[] RequiredBytes(string name, int most, string within) =>
        Base64Text.TryDecode(RequiredString(name), out byte[]? bytes) && bytes.Length > 0 && bytes.Length <= most
            ? bytes
            : throw CscException.InvalidParameter(within);

    /// <summary>Each way to sign in here names a user already, so that a request may not name one.</summary>
    public void RefuseUser(string text, string invalid = "Invalid parameter userID")
    {
        if (OptionalString("userID", () => CscException.Invalid(invalid)) is not null)
        {
            throw CscException.Invalid(text);
        }
    }

    /// <summary>Text to show to a person, capped; null when absent.</summary>
    public string? Description() =>
        OptionalString("description") is not { } text ? null
        : text.Length <= MaximumDescription ? text
        : throw CscException.InvalidParameter("description");

    /// <summary>Any string is taken for <c>clientData</c> and <c>lang</c>, and nothing is done with it.</summary>
    public void CheckIgnored(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            OptionalString(name);
        }
    }

    private static int? Integer(JsonElement value) => value switch
    {
        not { ValueKind: JsonValueKind.Number } => null,
        _ when value.GetRawText().AsSpan().ContainsAny(".eE") => null,
        _ when value.TryGetInt32(out int number) => number,
        _ => value.GetRawText()[0] == '-' ? int.MinValue : int.MaxValue,
    };

    /// <summary>A member that is null counts as absent.</summary>
    private JsonElement? Find(string name) =>
        _body.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement value)
    {
        try
        {
            return value.GetString() ?? throw CscException.Invalid(CscErrors.MalformedText);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            throw CscException.Invalid(CscErrors.MalformedText);
        }
    }
}
