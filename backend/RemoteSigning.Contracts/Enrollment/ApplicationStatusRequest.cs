using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>PUT /enrollment/v1/applications/{clientId}/status</c> on the administration listener; 204. Neither key nor tokens of
/// an application that is switched off are good for anything until it is switched on again.
/// </summary>
public sealed record ApplicationStatusRequest([property: JsonRequired] bool Enabled);
