using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Options;

/// <summary>All rules of the configuration in one place; a violation stops the start and names the member.</summary>
internal sealed partial class ServerOptionsValidation : IValidateOptions<ServerOptions>
{
    public ValidateOptionsResult Validate(string? name, ServerOptions options)
    {
        var errors = new List<string>();
        Listener(errors, "Listen", options.Listen);
        Listener(errors, "AdministrationListen", options.AdministrationListen);
        Https(errors, "PublicUrl", options.PublicUrl);
        Demand(errors, options.Listen?.Port != options.AdministrationListen?.Port, "AdministrationListen must have another port than Listen.");
        Tls(errors, "Tls", options.Tls);
        Demand(errors, options.Database.Length > 0, "Database is missing: give the connection string.");
        Demand(errors, options.Name.Length is > 0 and <= 255, "Name must have 1 to 255 characters.");
        Demand(errors, Region().IsMatch(options.Region), "Region must be a country code of two capital letters (ISO 3166-1).");
        Operators(errors, options.Operators);
        Sams(errors, options.Sams);
        Remote(errors, "Authorization", options.Authorization);
        Remote(errors, "Pki", options.Pki);
        if (options.Notifications.TrustedRoot is { } root)
        {
            File(errors, "Notifications:TrustedRoot", root);
        }

        errors.AddRange(options.Health.Flaws($"{ServerOptions.Section}:Health"));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Operators(List<string> errors, IList<OperatorOptions> operators)
    {
        Demand(errors, operators.Select(o => o.Id).Distinct().Count() == operators.Count, "Operators holds an Id twice.");
        foreach (OperatorOptions one in operators)
        {
            Demand(errors, one.Id.Length > 0, "Operators holds one without Id.");
            File(errors, "Operators:PublicKey", one.PublicKey);
        }
    }

    private static void Sams(List<string> errors, IList<SamOptions> sams)
    {
        Demand(errors, sams.Count > 0, "Sams names no SAM node.");
        Demand(errors, sams.Select(s => s.Node).Distinct().Count() == sams.Count, "Sams holds a Node twice.");
        for (int i = 0; i < sams.Count; i++)
        {
            Demand(errors, sams[i].Node.Length > 0, $"Sams:{i}:Node is missing.");
            Remote(errors, $"Sams:{i}", sams[i].Remote);
            File(errors, $"Sams:{i}:AuditPublicKey", sams[i].AuditPublicKey);
        }
    }

    private static void Listener(List<string> errors, string member, Uri? address)
    {
        Https(errors, member, address);
        Demand(
            errors,
            address is null || IPAddress.TryParse(address.Host, out _),
            $"{member} must name an IP address, not a host name.");
    }

    private static void Remote(List<string> errors, string member, RemoteOptions remote)
    {
        Https(errors, $"{member}:Url", remote.Url);
        File(errors, $"{member}:TrustedRoot", remote.TrustedRoot);
        Tls(errors, $"{member}:Tls", remote.Tls);
    }

    private static void Tls(List<string> errors, string member, TlsOptions tls)
    {
        File(errors, $"{member}:Certificate", tls.Certificate);
        File(errors, $"{member}:Key", tls.Key);
    }

    private static void Https(List<string> errors, string member, Uri? address) => Demand(
        errors,
        address is { IsAbsoluteUri: true } && address.Scheme == Uri.UriSchemeHttps && address.AbsolutePath == "/",
        $"{member} must be an https address without a path.");

    private static void File(List<string> errors, string member, string path) =>
        Demand(errors, System.IO.File.Exists(path), $"{member} must name a file that exists.");

    private static void Demand(List<string> errors, bool holds, string sentence)
    {
        if (!holds)
        {
            errors.Add($"{ServerOptions.Section}:{sentence}");
        }
    }

    [GeneratedRegex("^[A-Z]{2}$")]
    private static partial Regex Region();
}
