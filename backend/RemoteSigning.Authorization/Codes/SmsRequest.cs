using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using RemoteSigning.Authorization.Options;

namespace RemoteSigning.Authorization.Codes;

/// <summary>Fills the configured request; what is put in cannot leave the place that it is put into.</summary>
internal static partial class SmsRequest
{
    /// <summary>True when the URL names one host, over https or on loopback, whatever the placeholders stand for.</summary>
    public static bool IsAddressFixed(string template)
    {
        string filled = Placeholder().Replace(template, "0");
        return Uri.TryCreate(filled, UriKind.Absolute, out Uri? url)
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            && url.UserInfo.Length == 0
            && template.StartsWith(url.GetLeftPart(UriPartial.Authority) + "/", StringComparison.OrdinalIgnoreCase);
    }

    public static HttpRequestMessage Create(SmsOptions options, string number, string text, string? secret)
    {
        string Fill(string template, Func<string, string> escape) => Placeholder().Replace(template, match => escape(match.Value switch
        {
            "{number}" => number,
            "{text}" => text,
            _ => secret ?? "",
        }));

        var request = new HttpRequestMessage(new HttpMethod(options.Method), Fill(options.Url, Uri.EscapeDataString));
        foreach ((string name, string value) in options.Headers)
        {
            request.Headers.Add(name, value.Replace("{secret}", secret, StringComparison.Ordinal));
        }

        if (options.Body is { } body)
        {
            string filled = Fill(body, options.ContentType == SmsOptions.Json ? EscapeJson : Uri.EscapeDataString);
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(filled));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(options.ContentType);
        }

        return request;
    }

    private static string EscapeJson(string value) => JsonEncodedText.Encode(value, JavaScriptEncoder.Default).ToString();

    [GeneratedRegex(@"\{(number|text|secret)\}")]
    private static partial Regex Placeholder();
}
