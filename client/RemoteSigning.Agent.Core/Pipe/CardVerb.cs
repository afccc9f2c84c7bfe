namespace RemoteSigning.Agent.Core.Pipe;

internal enum CardVerb
{
    Hello = 1,
    List = 2,
    Login = 3,
    Logout = 4,
    Sign = 5,
    Verify = 6,
    Wait = 7,
    Decrypt = 8,
    SignFor = 9,
}
