using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/skads</c> by an SSA, answered 201 by a <see cref="Skad"/>: the signer shows PIN and one-time code
/// for exactly these devices. At most five times for one registration: the SAM decides which assignment it takes.
/// </summary>
/// <param name="AccessToken">Of the signer whom the registration is for.</param>
/// <param name="Registration">As in the <see cref="DeviceRegistrationOffer"/>.</param>
/// <param name="Devices">What the devices answered, in the order of the assignment.</param>
public sealed record SkadRequest(
    [property: JsonRequired] string AccessToken,
    [property: JsonRequired] string Registration,
    [property: JsonRequired] IReadOnlyList<DeviceRegistration> Devices,
    string? Pin = null,
    string? Otp = null);
