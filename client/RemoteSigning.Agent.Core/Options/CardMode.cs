namespace RemoteSigning.Agent.Core.Options;

/// <summary>How the card asks for a login. The numbers travel on the card protocol ("login mode").</summary>
public enum CardMode
{
    /// <summary>The agent's own prompt at each signature is the consent; programs ask for no PIN.</summary>
    Protected = 0,

    /// <summary>Programs ask for the PIN (<c>C_Login</c>); it is checked at once and kept until they log out.</summary>
    Pin = 1,

    /// <summary>The agent's sign-in is the login; keys are visible while it lasts.</summary>
    Agent = 2,
}
