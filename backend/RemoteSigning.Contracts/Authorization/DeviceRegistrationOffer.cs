namespace RemoteSigning.Contracts.Authorization;

/// <summary>What the signer's devices are to answer.</summary>
/// <param name="Registration">The id of this registration.</param>
/// <param name="Content">An <see cref="Activation.AssignmentContent"/>, as the string that devices answer.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record DeviceRegistrationOffer(string Registration, string Content, int ExpiresIn);
