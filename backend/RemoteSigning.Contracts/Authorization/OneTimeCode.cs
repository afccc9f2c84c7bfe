namespace RemoteSigning.Contracts.Authorization;

/// <summary>A code is on its way. The code itself is told to nobody but its receiver.</summary>
/// <param name="Channel">One of <see cref="OtpChannels"/>.</param>
/// <param name="SentTo">Address or number, masked.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record OneTimeCode(string Channel, string SentTo, int ExpiresIn);
