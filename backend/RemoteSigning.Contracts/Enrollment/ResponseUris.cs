using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>PUT /enrollment/v1/applications/{clientId}/response_uris</c> on the administration listener; 204. To which addresses an application may
/// have itself told that asynchronous signatures are ready; these take the place of the former ones.
/// </summary>
/// <param name="Uris">At most 10 absolute https addresses in their normal form; requests name one of them, character by character.</param>
public sealed record ResponseUris([property: JsonRequired] IReadOnlyList<string> Uris);
