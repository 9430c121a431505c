//! Where everything is, from size and state alone: the mouse and page-down need it as much as drawing does.
