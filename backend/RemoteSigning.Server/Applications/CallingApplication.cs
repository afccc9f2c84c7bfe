using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Applications;

/// <summary>An application that may call now.</summary>
/// <param name="ResponseUris">Where it may be told that asynchronous signatures are ready.</param>
internal sealed record CallingApplication(string ClientId, string Name, ApplicationLimits Limits, IReadOnlyList<string> ResponseUris);
