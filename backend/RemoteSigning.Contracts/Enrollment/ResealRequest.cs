using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>PUT /enrollment/v1/reseal</c> on the administration listener: moves the keys of all ready credentials under the SAM's newest
/// key-encryption key. Goes on with a run that is not finished, else begins one; 202 with a <see cref="ResealProgress"/>. <c>GET</c> tells
/// the newest run (404 when there was none), <c>DELETE</c> pauses it (200).
/// </summary>
/// <param name="PerMinute">At most so many keys a minute, 1 to 6,000.</param>
public sealed record ResealRequest([property: JsonRequired] int PerMinute);
