using Microsoft.Extensions.Options;

namespace RemoteSigning.Authorization.Options;

/// <summary>The rules that stand on single values; <see cref="ConfigurationRules"/> has those between them.</summary>
[OptionsValidator]
internal sealed partial class AuthorizationOptionsValidator : IValidateOptions<AuthorizationOptions>;
