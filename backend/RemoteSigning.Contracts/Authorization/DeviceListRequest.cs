using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary><c>POST /authorization/v1/device_lists</c> by an SSA, answered 200 by a <see cref="DeviceList"/>.</summary>
/// <param name="AccessToken">Of the credential's signer.</param>
public sealed record DeviceListRequest([property: JsonRequired] string AccessToken, [property: JsonRequired] string CredentialId);
