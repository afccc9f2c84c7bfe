using System.Net;
using Microsoft.Extensions.Options;

namespace RemoteSigning.Authorization.Options;

/// <summary>Rules between options, checked at start.</summary>
internal sealed class ConfigurationRules : IValidateOptions<AuthorizationOptions>
{
    public ValidateOptionsResult Validate(string? name, AuthorizationOptions options)
    {
        string[] failures = [.. Failures(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(AuthorizationOptions options)
    {
        if (options.Listen is { } listen && (listen.Scheme != Uri.UriSchemeHttps || !IPAddress.TryParse(listen.Host, out _)))
        {
            yield return "Listen must be https with an IP address, as in https://127.0.0.1:8443.";
        }

        if (options.Tls is not { Certificate.Length: > 0, Key.Length: > 0 })
        {
            yield return "Tls needs Certificate and Key.";
        }

        if (options.Hsm is not { Module.Length: > 0, TokenLabel.Length: > 0, PinFile.Length: > 0 })
        {
            yield return "Hsm needs Module, TokenLabel and PinFile.";
        }

        if (options.Devices is { RpId: var rpId, Origins: var origins }
            && (rpId.Length > 0 != origins.Count > 0 || !origins.All(o => IsOriginOf(rpId, o))))
        {
            yield return "Devices needs RpId, a host's name, and Origins, https on that host or below it, or neither.";
        }

        foreach (string flaw in options.Health.Flaws($"{AuthorizationOptions.Section}:Health"))
        {
            yield return flaw;
        }

        foreach (IGrouping<string, ClientOptions> id in options.Clients.GroupBy(c => c.Id))
        {
            if (id.Select(c => c.Role).Distinct().Count() > 1)
            {
                yield return $"The client {id.Key} has two roles; an SSA and an operator must not be the same.";
            }
        }

        foreach (IGrouping<string, SamOptions> node in options.Sams.GroupBy(s => s.Node).Where(n => n.Count() > 1))
        {
            yield return $"The SAM node {node.Key} is listed twice.";
        }

        foreach (string failure in options.OneTimeCodes is { } codes ? OneTimeCodeRules.Failures(codes) : [])
        {
            yield return failure;
        }
    }

    /// <summary>What the SAM takes as well: it looks again at each assignment.</summary>
    private static bool IsOriginOf(string rpId, string origin) =>
        Uri.CheckHostName(rpId) == UriHostNameType.Dns
        && Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
        && uri.Scheme == Uri.UriSchemeHttps
        && uri.GetLeftPart(UriPartial.Authority) == origin
        && (uri.Host == rpId || uri.Host.EndsWith($".{rpId}", StringComparison.Ordinal));
}
