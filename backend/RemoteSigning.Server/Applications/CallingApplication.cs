using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Applications;

/// <summary>An application that may call now.</summary>
internal sealed record CallingApplication(string ClientId, string Name, ApplicationLimits Limits);
