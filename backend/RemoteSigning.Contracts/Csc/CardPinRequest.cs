namespace RemoteSigning.Contracts.Csc;

/// <summary>
/// <c>POST {server}/card/v1/pin</c> with the bearer token of <c>auth/login</c>: our own addition for
/// <c>C_Login</c>; 204, or a CSC error body (<c>invalid_pin</c>, <c>invalid_request</c> "PIN locked").
/// </summary>
public sealed record CardPinRequest(string Pin);
